import Engine
import Model
import Operations
import Testing

@Suite("Work that nobody waits for any more")
struct InterruptionTests {
    enum Work: CaseIterable {
        case check
        case repair
        case collection
        case dryRun
    }

    @Test("ends before it has looked at all repos", arguments: Work.allCases)
    func cancelled(work: Work) async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            _ = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                switch work {
                case .check: _ = try await engine.fsck(publish: false, fix: false)
                case .repair: _ = try await engine.fsck(publish: false, fix: true)
                case .collection: _ = try await engine.collectGarbage(dryRun: false)
                case .dryRun: _ = try await engine.collectGarbage(dryRun: true)
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            // It can be done at any later time.
            #expect(try await engine.fsck(publish: false, fix: false).findings.isEmpty)
        }
    }
}
