import Engine
import Model
import Operations
import Testing

@Suite("What a monitor is told of jobs")
struct JobFiguresTests {
    @Test("jobs are counted and reported as they end, and the last good one is known after a new start")
    func counts() async throws {
        try await TestEngine.with { test in
            let train = try PipelineName("train")
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline("train", reading: ["in"], #"! grep -q bad "$in""#)
            #expect(try await test.engine.jobFigures() == JobFigures(waiting: 1))

            let before = Timestamp.now
            for content in ["good", "bad"] {
                _ = try await test.engine.put([(FilePath("/a"), Array(content.utf8))], in: CommitReference("in@master"))
            }
            let ends = try await watch(test.engine, count: 3)
            #expect(ends.map(\.state) == [.success, .success, .failure])
            #expect(ends.allSatisfy { $0.job.pipeline.name == train })
            #expect(ends.map(\.reason.isEmpty) == [true, true, false])
            let figures = try await test.engine.jobFigures()
            #expect(figures.ended == [train: [.success: 2, .failure: 1]])
            let last = try #require(figures.lastSuccess[train])
            #expect(last >= before && last <= .now)

            try await test.reopen()
            _ = try await test.engine.put([(FilePath("/a"), Array("bad".utf8))], in: CommitReference("in@master"))
            _ = try await watch(test.engine, count: 1)
            let again = try await test.engine.jobFigures()
            #expect(again.ended == [train: [.failure: 1]])
            let known = try #require(again.lastSuccess[train])
            #expect(known >= before && known <= last)

            try await test.engine.deletePipeline(train, keepRepo: false, force: false)
            #expect(try await test.engine.jobFigures() == JobFigures())
        }
    }

    @Test("that commits of jobs which had ended are removed is no end of a job", .timeLimit(.minutes(1)))
    func squashed() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let (stream, told) = AsyncStream<JobState>.makeStream()
            let watch = Task { try await engine.watch { _, state, _ in told.yield(state) } }
            defer { watch.cancel() }
            var ends = stream.makeAsyncIterator()
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("train", reading: ["in"], "true")
            #expect(await ends.next() == .success)
            let squashed = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            #expect(await ends.next() == .success)
            _ = try await engine.put([(FilePath("/a"), [2])], in: CommitReference("in@master"))
            #expect(await ends.next() == .success)
            try await engine.squashCommitSet(squashed)
            _ = try await engine.put([(FilePath("/a"), [3])], in: CommitReference("in@master"))
            #expect(await ends.next() == .success)
            #expect(try await engine.jobFigures().ended == [PipelineName("train"): [.success: 4]])
        }
    }

    private struct End {
        let job: JobLink
        let state: JobState
        let reason: String
    }

    /// Lets jobs run until so many have ended.
    private func watch(_ engine: Engine, count: Int) async throws -> [End] {
        let (stream, told) = AsyncStream<End>.makeStream()
        let watch = Task { try await engine.watch { told.yield(End(job: $0, state: $1, reason: $2)) } }
        var ends: [End] = []
        for await end in stream {
            ends.append(end)
            if ends.count == count { break }
        }
        watch.cancel()
        _ = await watch.result
        return ends
    }
}
