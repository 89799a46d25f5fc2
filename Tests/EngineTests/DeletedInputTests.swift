import Engine
import Model
import Operations
import Testing

@Suite("An input that is deleted by force before the jobs that read it have ended")
struct DeletedInputTests {
    private static let reason = "repo in, which it reads, was deleted"
    private let input: RepoName
    private let master: CommitReference
    private let copy: PipelineName

    init() throws {
        input = try RepoName("in")
        master = try CommitReference("in@master")
        copy = try PipelineName("copy")
    }

    @Test("ends one that waits, also where another repo of that name is made; the output stays as it was")
    func waiting() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(input, description: "", update: false)
            try await engine.createPipeline("copy", reading: ["in"], #"cp "$in" "$out/""#)
            try await engine.createPipeline("next", reading: ["copy"], #"cp "$copy" "$out/""#)
            _ = try await engine.put([(FilePath("/a"), [1])], in: master)
            _ = try await engine.run { _ in }
            let id = try await engine.put([(FilePath("/a"), [2])], in: master)

            try await engine.deleteRepo(input, force: true)
            try await engine.createRepo(input, description: "", update: false)
            _ = try await engine.run { _ in }
            let job = try await engine.inspectJob(copy, id, wait: false)
            #expect(job.state == .killed)
            #expect(job.reason == Self.reason)
            #expect(try await engine.inspectJob(PipelineName("next"), id, wait: false).state == .unrunnable)
            #expect(try await engine.files(of: CommitReference("next@master")) == [FilePath("/a"): [1]])

            _ = try await engine.put([(FilePath("/b"), [3])], in: master)
            #expect(try await engine.run { _ in }.map(\.state) == [.success, .success])
            #expect(try await engine.files(of: CommitReference("next@master")) == [FilePath("/b"): [3]])
            #expect(try await engine.fsck(publish: true, fix: false).findings.isEmpty)
        }
    }

    @Test("stops one that runs", .timeLimit(.minutes(1)))
    func running() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let gate = try JobGate(test)
            try await engine.createRepo(input, description: "", update: false)
            try await engine.createPipeline("copy", reading: ["in"], gate.script)
            _ = try await engine.run { _ in }
            let id = try await engine.put([(FilePath("/a"), Array("wait".utf8))], in: master)
            let run = Task { try await engine.run { _ in } }
            #expect(try await gate.arrival() == id.description)

            try await engine.deleteRepo(input, force: true)
            // The process that waited at the gate is gone.
            let ended = try await run.value
            #expect(ended.map(\.job.id) == [id])
            #expect(ended.map(\.state) == [.killed])
            #expect(ended.map(\.reason) == [Self.reason])
        }
    }

    @Test("with the pipeline that made it ends them, too", .timeLimit(.minutes(1)))
    func pipeline() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let gate = try JobGate(test)
            let made = try PipelineName("in")
            try await engine.createRepo(RepoName("raw"), description: "", update: false)
            try await engine.createPipeline("in", reading: ["raw"], #"cp "$raw" "$out/""#)
            try await engine.createPipeline("copy", reading: ["in"], gate.script)
            let watch = Task { try await engine.watch() }
            defer { watch.cancel() }
            var ids: [CommitID] = []
            for _ in 0..<2 { ids.append(try await engine.put([(FilePath("/a"), Array("wait".utf8))], in: CommitReference("raw@master"))) }
            #expect(try await gate.arrival() == ids[0].description)
            #expect(try await engine.inspectJob(made, ids[1], wait: true).state == .success)

            try await engine.deletePipeline(made, keepRepo: false, force: true)
            for id in ids {
                let job = try await engine.inspectJob(copy, id, wait: true)
                #expect(job.state == .killed)
                #expect(job.reason == Self.reason)
            }
            #expect(try gate.jobs() == [ids[0].description])
        }
    }
}
