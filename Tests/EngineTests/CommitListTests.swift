import Engine
import Model
import Operations
import Testing

@Suite("What commits a list or subscription begins after")
struct CommitListTests {
    /// A repo with two commits on `master`, and one on `side` that comes after the first; and another repo.
    private func with(_ body: (Engine, RepoName, _ ids: [CommitID], _ side: CommitID) async throws -> Void) async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let repo = try RepoName("in")
            try await engine.createRepo(repo, description: "", update: false)
            try await engine.createRepo(RepoName("other"), description: "", update: false)
            var ids: [CommitID] = []
            for number: UInt8 in 1...3 {
                ids.append(try await engine.put([(FilePath("/a"), [number])], in: CommitReference("in@master")))
                if number == 1 {
                    _ = try await engine.createBranch(Branch("in@side"), head: CommitReference("in@master"), ifHead: nil)
                }
            }
            let side = try await engine.put([(FilePath("/b"), [1])], in: CommitReference("in@side"))
            _ = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("other@master"))
            try await body(engine, repo, ids, side)
        }
    }

    @Test("an ancestor ends a list, the commit itself leaves none of it")
    func ancestors() async throws {
        try await with { engine, repo, ids, side async throws in
            func list(_ to: String?, _ from: String) async throws -> [CommitID] {
                let query = CommitQuery(repo: repo, to: try to.map { try CommitReference($0) }, from: try CommitReference(from))
                return try await engine.listCommits(query).map(\.commit.id)
            }
            #expect(try await list(nil, "in@\(ids[0])") == [ids[2], ids[1]])
            #expect(try await list("in@side", "in@\(ids[0])") == [side])
            #expect(try await list("in@side", "in@side") == [])
        }
    }

    @Test("one that the list does not meet is refused, and so is one of another repo", arguments: ["in@side", "other@master"])
    func refused(_ from: String) async throws {
        try await with { engine, repo, _, _ in
            for number in [nil, 1] {
                let query = CommitQuery(repo: repo, from: try CommitReference(from), number: number)
                let error = await #expect(throws: PachError.self) { try await engine.listCommits(query) }
                #expect(error?.code == .invalidArgument)
            }
        }
    }

    @Test("a subscription refuses one of another repo", .timeLimit(.minutes(1)))
    func subscription() async throws {
        try await with { engine, _, _, _ in
            let error = await #expect(throws: PachError.self) {
                let commits = try engine.subscribeCommits(Branch("in@master"), from: .after(CommitReference("other@master")))
                for try await _ in commits { return }
            }
            #expect(error?.code == .invalidArgument)
        }
    }
}
