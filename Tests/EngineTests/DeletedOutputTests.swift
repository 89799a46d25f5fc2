import Engine
import Model
import Operations
import Testing

@Suite("An output repo that is deleted by force while a job writes to it")
struct DeletedOutputTests {
    @Test("ends that job, and whoever waits for it, for one that has not begun, or for their commits", .timeLimit(.minutes(1)))
    func waits() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let copy = try PipelineName("copy")
            let gate = try JobGate(test)
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("copy", reading: ["in"], gate.script)
            _ = try await engine.run { _ in }
            var ids: [CommitID] = []
            for _ in 0..<2 { ids.append(try await engine.put([(FilePath("/a"), Array("wait".utf8))], in: CommitReference("in@master"))) }
            let (running, waiting) = (ids[0], ids[1])
            let run = Task { try await engine.run { _ in } }
            #expect(try await gate.arrival() == running.description)
            let last = Task { try await engine.inspectJob(copy, running, wait: true).state }
            let waits: [Task<Void, any Error>] = [
                Task { _ = try await engine.inspectJob(copy, waiting, wait: true) },
                Task { _ = try await engine.inspectJobSet(waiting, wait: true) },
                Task { _ = try await engine.inspectCommit(CommitReference(Commit(repo: copy.repo(), id: waiting)), wait: true) },
            ]
            try await engine.deleteRepo(copy.repo(), force: true)
            for wait in waits {
                let error = await #expect(throws: PachError.self) { try await wait.value }
                #expect(error?.code == .notFound)
            }
            // Whether it is still told that the job was killed is a matter of time.
            switch await last.result {
            case .success(let state): #expect(state == .killed)
            case .failure(let error): #expect((error as? PachError)?.code == .notFound, "\(error)")
            }
            // The process that waited at the gate is gone.
            _ = try await run.value
            #expect(try gate.jobs() == [running.description])
            try await engine.updatePipeline("copy")
            #expect(try await engine.listJobs(JobQuery(pipeline: copy)).count == 1)
        }
    }

    @Test("stays, and so does the job, where it is not forced", .timeLimit(.minutes(1)))
    func refused() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let gate = try JobGate(test)
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("copy", reading: ["in"], gate.script)
            _ = try await engine.run { _ in }
            let id = try await engine.put([(FilePath("/a"), Array("wait".utf8))], in: CommitReference("in@master"))
            let run = Task { try await engine.run { _ in } }
            #expect(try await gate.arrival() == id.description)
            await #expect(throws: PachError.self) { try await engine.deleteRepo(RepoName("copy"), force: false) }
            let opened = try gate.open()
            #expect(try await run.value.map(\.state) == [.success])
            withExtendedLifetime(opened) {}
        }
    }
}
