import Engine
import Model
import Operations
import Testing

@Suite("Searches through repos") struct CancelledSearchTests {
    @Test("end where their task is cancelled")
    func end() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            let branch = CommitReference(Branch(repo: try RepoName("in")))
            _ = try await engine.put([(FilePath("/a"), [1])], in: branch)
            let tree = try await engine.inspectCommit(branch, wait: false).tree
            let root = FileReference(commit: branch, path: .root)
            let searches: [@Sendable () async throws -> Void] = [
                { _ = try await engine.globFiles("**", in: branch) },
                { _ = try await engine.diffFiles(new: root, old: nil, shallow: false) },
                { _ = try await engine.whyObject(tree, number: 1) },
            ]
            for search in searches {
                try await search()
                let cancelled = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await search()
                }
                let error = await #expect(throws: PachError.self) { try await cancelled.value }
                #expect(error?.code == .stopped)
            }
        }
    }
}
