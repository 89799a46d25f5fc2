import GRDB
import Ledger
import Metadata
import Model
import Operations
import TestSupport
import Testing

@testable import Engine

@Suite("Commits that a branch leaves behind for a commit behind an older one")
struct LeftCommitTests {
    private let branch: Branch

    init() throws {
        branch = try Branch(repo: RepoName("data"), name: .master)
    }

    /// Puts files in a commit each.
    private func put(_ names: [String], _ engine: Engine) async throws -> [CommitID] {
        try await engine.createRepo(branch.repo, description: "", update: false)
        var ids: [CommitID] = []
        for name in names { ids.append(try await engine.put([(FilePath("/\(name)"), [1])], in: CommitReference(branch))) }
        return ids
    }

    @Test("invariant 1: are there when the database is made anew")
    func rebuilt() async throws {
        try await TestEngine.with { test in
            let left = try await put(["a", "b", "c"], test.engine)
            let new = try await test.engine.startCommit(branch, parent: CommitReference("data@master^^"), description: "").commit.id
            _ = try await test.engine.put([(FilePath("/d"), [1])], in: CommitReference(branch))
            _ = try await test.engine.finishCommit(CommitReference(branch), description: nil)
            _ = try await test.engine.fsck(publish: true, fix: false)
            _ = try await test.rebuild {}
            #expect(Set(try await test.engine.listCommits(CommitQuery(repo: branch.repo)).map(\.commit.id)) == Set(left + [new]))
            #expect(try await test.engine.inspectBranch(branch).head?.id == new)
            let files = try await test.engine.files(of: CommitReference(Commit(repo: branch.repo, id: left[2])))
            #expect(Set(files.keys.map(\.description)) == ["/a", "/b", "/c"])
        }
    }

    @Test("are finished ones: an open head stays where it is")
    func openHead() async throws {
        try await TestEngine.with { test in
            _ = try await put(["a", "b"], test.engine)
            let open = try await test.engine.startCommit(branch, parent: nil, description: "").commit.id
            let error = await #expect(throws: PachError.self) {
                try await test.engine.startCommit(branch, parent: CommitReference("data@master^^"), description: "")
            }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains(open.description) == true)
            #expect(try await test.engine.inspectBranch(branch).head?.id == open)
        }
    }

    @Test("are of the branch's own repo, as is what it goes to")
    func otherRepo() async throws {
        try await TestEngine.with { test in
            _ = try await put(["a"], test.engine)
            try await test.engine.createRepo(RepoName("other"), description: "", update: false)
            let error = await #expect(throws: PachError.self) {
                try await test.engine.startCommit(
                    Branch(repo: RepoName("other"), name: .master), parent: CommitReference("data@master"), description: "")
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("have a ref of their own where they are finished later, as versions before could bring about")
    func finishedLater() async throws {
        try await TestEngine.with { test in
            let first = try await put(["a"], test.engine)[0]
            let (left, head) = try await test.engine.ledger.write { transaction in
                let database = transaction.database
                let repo = try database.existingRepo(branch.repo)
                let parent = try database.head(of: branch)
                func open() throws -> CommitRow {
                    try transaction.openCommit(
                        .random(), on: branch.name, in: repo, parent: parent, origin: .user, description: "", provenance: [])
                }
                let (left, head) = (try open(), try open())
                return (try transaction.finish(left).id, head.id)
            }
            _ = try await test.engine.fsck(publish: true, fix: false)
            let git = try test.git(branch.repo)
            #expect(try git.run("log", "-1", "--format=%B", "refs/heads/master").contains("Pach-Commit: \(first)"))
            _ = try await test.engine.finishCommit(CommitReference(branch), description: nil)
            _ = try await test.engine.fsck(publish: true, fix: false)
            _ = try await test.rebuild {}
            #expect(Set(try await test.engine.listCommits(CommitQuery(repo: branch.repo)).map(\.commit.id)) == [first, left, head])
            #expect(try await test.engine.inspectBranch(branch).head?.id == head)
        }
    }
}
