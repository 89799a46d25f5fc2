import Foundation
import Model
import Operations
import Testing

@testable import Engine
@testable import Ledger
@testable import Workers

@Suite("The logs of a pipeline")
struct LogTests {
    private let pipeline: PipelineName

    init() throws {
        pipeline = try PipelineName("train")
    }

    /// A pipeline that ran a script on each of some files, in a job each.
    private func with(_ script: String, jobs: [String], _ body: (TestEngine) async throws -> Void) async throws {
        try await TestEngine.with { test in
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline(pipeline.description, reading: ["in"], script)
            for text in jobs {
                _ = try await test.engine.put([(FilePath("/\(text)"), Array(text.utf8))], in: CommitReference("in@master"))
                _ = try await test.engine.run { _ in }
            }
            try await body(test)
        }
    }

    /// The logs of the jobs that had a file, oldest first.
    private func paths(_ test: TestEngine) async throws -> [String] {
        let jobs = try await test.engine.listJobs(JobQuery(pipeline: pipeline)).filter { $0.dataProcessed > 0 }
        return jobs.reversed().map { "\(test.root.logsPath)/\(pipeline)/\($0.job.id).jsonl" }
    }

    private func lines(_ query: LogQuery, _ engine: Engine) async throws -> [String] {
        var lines: [String] = []
        for try await message in engine.logs(query) { lines.append(message.message) }
        return lines
    }

    @Test("are read no further than a piece beyond what was asked for")
    func pieces() async throws {
        try await with("seq 1 20000", jobs: ["a"]) { test in
            let path = try #require(try await paths(test).first)
            let whole = try Data(contentsOf: URL(filePath: path))
            let piece = LogFile.pieceByteCount
            try #require(whole.count > 4 * piece)
            var messages = test.engine.logs(LogQuery(pipeline: pipeline)).makeAsyncIterator()
            #expect(try await messages.next()?.message == "1")
            try #require(truncate(path, piece) == 0)
            var count = 1
            while try await messages.next() != nil { count += 1 }
            #expect(count <= whole.prefix(piece).count { $0 == UInt8(ascii: "\n") })
        }
    }

    @Test("of a job are not read before those of the jobs before it were taken")
    func oneAfterTheOther() async throws {
        try await with(#"cat "$in""#, jobs: ["a", "b", "c"]) { test in
            let paths = try await paths(test)
            var messages = test.engine.logs(LogQuery(pipeline: pipeline)).makeAsyncIterator()
            #expect(try await messages.next()?.message == "a")
            try FileManager.default.removeItem(atPath: paths[1])
            #expect(try await messages.next()?.message == "c")
            #expect(try await messages.next() == nil)
        }
    }

    @Test("end with the last so many lines, for which only the newest jobs' are opened")
    func tail() async throws {
        try await with(#"cat "$in"; echo; echo again"#, jobs: ["a", "b", "c"]) { test in
            let all = ["a", "again", "b", "again", "c", "again"]
            for count in [0, 1, 2, 3, 6, 7, Int.max] {
                #expect(try await lines(LogQuery(pipeline: pipeline, tail: count), test.engine) == all.suffix(count))
            }
            // Who opens it fails.
            let oldest = try await paths(test)[0]
            try FileManager.default.removeItem(atPath: oldest)
            try FileManager.default.createDirectory(atPath: oldest, withIntermediateDirectories: false)
            for count in [0, 1, 3, 4] {
                #expect(try await lines(LogQuery(pipeline: pipeline, tail: count), test.engine) == all.suffix(count))
            }
            await #expect(throws: (any Error).self) { try await lines(LogQuery(pipeline: pipeline, tail: 5), test.engine) }
        }
    }

    @Test("are followed over jobs that are made meanwhile, whatever has begun when, until nobody waits any more")
    func follow() async throws {
        try await with(#"cat "$in""#, jobs: ["a"]) { test in
            let engine = test.engine
            let pipeline = pipeline
            let (heard, told) = AsyncStream.makeStream(of: String.self)
            let follower = Task {
                for try await message in engine.logs(LogQuery(pipeline: pipeline, follow: true)) { told.yield(message.message) }
                told.finish()
            }
            for text in ["b", "c"] {
                _ = try await engine.put([(FilePath("/\(text)"), Array(text.utf8))], in: CommitReference("in@master"))
                _ = try await engine.run { _ in }
            }
            var lines = heard.makeAsyncIterator()
            for text in ["a", "b", "c"] { #expect(await lines.next() == text) }
            follower.cancel()
            try await follower.value
            #expect(await lines.next() == nil)
        }
    }

    @Test("are shown as they are written, whoever began to follow before the job did", .timeLimit(.minutes(1)))
    func live() async throws {
        try await TestEngine.with { test in
            let gate = try JobGate(test)
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline(pipeline.description, reading: ["in"], "echo begun\n" + gate.script)
            _ = try await engine.run { _ in }
            var messages = engine.logs(LogQuery(pipeline: pipeline, follow: true)).makeAsyncIterator()
            _ = try await engine.put([(FilePath("/a"), Array("wait".utf8))], in: CommitReference("in@master"))
            async let run = engine.run { _ in }
            #expect(try await messages.next()?.message == "begun")
            let opened = try gate.open()
            _ = try await gate.arrival()
            _ = try await run
            try opened.close()
        }
    }

    @Test("are followed past a job that is deleted before its log is read")
    func deletedJob() async throws {
        try await with(#"cat "$in""#, jobs: ["a"]) { test in
            let engine = test.engine
            var messages = engine.logs(LogQuery(pipeline: pipeline, follow: true)).makeAsyncIterator()
            #expect(try await messages.next()?.message == "a")
            for text in ["b", "c"] {
                let id = try await engine.put([(FilePath("/\(text)"), Array(text.utf8))], in: CommitReference("in@master"))
                _ = try await engine.run { _ in }
                if text == "b" { try await engine.deleteJob(pipeline, id) }
            }
            #expect(try await messages.next()?.message == "c")
        }
    }

    @Test("of a job that is followed end with it")
    func followJob() async throws {
        try await with(#"cat "$in"; echo; echo again"#, jobs: []) { test in
            let id = try await test.engine.put([(FilePath("/a"), Array("a".utf8))], in: CommitReference("in@master"))
            let engine = test.engine
            let pipeline = pipeline
            let follower = Task {
                var lines: [String] = []
                for try await message in engine.logs(LogQuery(pipeline: pipeline, job: id, follow: true)) { lines.append(message.message) }
                return lines
            }
            _ = try await engine.run { _ in }
            #expect(try await follower.value == ["a", "again"])
            #expect(try await lines(LogQuery(pipeline: pipeline, job: id, follow: true, tail: 1), engine) == ["again"])
            #expect(try await lines(LogQuery(pipeline: pipeline, job: id, follow: true, tail: 0), engine) == [])
        }
    }

    @Test("end for whoever follows them when their pipeline is deleted", .timeLimit(.minutes(1)))
    func deletedPipeline() async throws {
        try await with(#"cat "$in""#, jobs: ["a"]) { test in
            let engine = test.engine
            var messages = engine.logs(LogQuery(pipeline: pipeline, follow: true)).makeAsyncIterator()
            #expect(try await messages.next()?.message == "a")
            try await engine.deletePipeline(pipeline, keepRepo: false, force: false)
            // Its number in the database may be that of the one that was deleted.
            try await engine.createPipeline("other", reading: ["in"], #"cat "$in""#)
            _ = try await engine.run { _ in }
            let error = await #expect(throws: PachError.self) { try await messages.next() }
            #expect(error?.code == .notFound)
        }
    }

    @Test(
        "of a job that waits are shown once it begins, also where so much happens at once that not all of it is told",
        .timeLimit(.minutes(1)))
    func missedStart() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline(pipeline.description, reading: ["in"], "true")
            let id = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            let events = engine.ledger.events
            let cursor = LogCursor(LogQuery(pipeline: pipeline, job: id, follow: true), ledger: engine.ledger, logs: engine.logs)
            // Nobody else listens where no job is run.
            async let message = cursor.next()
            while events.listenerCount == 0, !Task.isCancelled { await Task.yield() }
            let job = JobLink(pipeline: pipeline, id: id)
            let others = (0..<EventHub.bufferLimit).map { _ in
                LedgerEvent.jobChanged(JobLink(pipeline: pipeline, id: .random()), .created)
            }
            // What is at work cannot listen.
            let log = try await cursor.whileAtWork {
                let log = try engine.logs.open(job)
                log.append(.stdout, ["begun"])
                events.send([others[0], .jobChanged(job, .running)] + others)
                return log
            }
            #expect(try await message?.message == "begun")
            engine.logs.close(log)
        }
    }
}

extension LogCursor {
    fileprivate func whileAtWork<Value: Sendable>(_ body: () throws -> Value) rethrows -> Value { try body() }
}
