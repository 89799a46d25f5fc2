import Engine
import Model
import Operations
import Testing

@Suite("A pipeline whose jobs end before their time")
struct StoppedPipelineTests {
    enum Change: CaseIterable {
        case stopAndStart
        case update
        case deleteAndCreate
    }

    @Test("none of those that waited runs, whatever ended them", .timeLimit(.minutes(1)), arguments: Change.allCases)
    func waitingJobs(change: Change) async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let copy = try PipelineName("copy")
            let gate = try JobGate(test)
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("copy", reading: ["in"], gate.script)
            let first = try await engine.put([(FilePath("/a"), Array("wait".utf8))], in: CommitReference("in@master"))
            let second = try await engine.put([(FilePath("/a"), Array("go".utf8))], in: CommitReference("in@master"))
            let watch = Task { try await engine.watch() }
            defer { watch.cancel() }
            #expect(try await gate.arrival() == first.description)

            switch change {
            case .stopAndStart:
                try await engine.stopPipeline(copy)
                #expect(try await engine.inspectJob(copy, second, wait: false).state == .killed)
                try await engine.startPipeline(copy)
            case .update:
                try await engine.updatePipeline("copy")
                #expect(try await engine.inspectJob(copy, second, wait: false).state == .killed)
            case .deleteAndCreate:
                try await engine.deletePipeline(copy, keepRepo: false, force: false)
                try await engine.createPipeline("copy", reading: ["in"], gate.script)
            }
            let new = try #require(try await engine.listJobs(JobQuery(pipeline: copy, number: 1)).first?.job.id)
            #expect(try await engine.inspectJob(copy, new, wait: true).state == .success)
            #expect(try gate.jobs() == [first, new].map(\.description))
        }
    }
}
