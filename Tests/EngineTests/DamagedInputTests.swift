import Engine
import Model
import Operations
import TestSupport
import Testing

@Suite("A job whose input is damaged")
struct DamagedInputTests {
    @Test("fails at once, and waits for none of its other datums", .timeLimit(.minutes(1)))
    func failsAtOnce() async throws {
        try await TestEngine.with { test in
            let gate = try JobGate(test)
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline("copy", reading: ["in"], parallelism: 2, gate.script)
            var random = SplitMix(seed: 1)
            let damaged = random.noise(4096)
            let id = try await test.engine.put(
                [(FilePath("/damaged"), damaged), (FilePath("/slow"), Array("wait".utf8))], in: CommitReference("in@master"))
            _ = try await test.engine.fsck(publish: true, fix: false)
            let entry = try #require(try test.packEntries(of: RepoName("in")).first { $0.kind == "blob" && $0.range.count > 4000 })
            try entry.damage(in: test)
            try await test.reopen()
            let watch = Task { [engine = test.engine] in try await engine.watch() }
            defer { watch.cancel() }
            // Nobody opens the gate.
            #expect(try await test.engine.inspectJob(PipelineName("copy"), id, wait: true).state == .failure)
        }
    }
}
