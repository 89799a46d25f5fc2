import GRDB
import Metadata
import Model
import Storage
import TestSupport
import Testing

@testable import Ledger

@Suite("Lines of commits that wait or failed")
struct LongLineTests {
    @Test(
        "a commit after many takes as many statements as after few",
        arguments: [false, true])
    func cost(haveFailed: Bool) async throws {
        try await TestLedger.with { ledger, _, repo in
            let good = try await TestLedger.put("good", at: "/a", in: repo, ledger)
            var statementCounts: [Int] = []
            for count in [5, 100] {
                let statementCount = try await ledger.write { transaction in
                    for _ in 0..<count {
                        let commit = try Self.open(in: repo, transaction)
                        if haveFailed { _ = try transaction.finish(commit, error: "on purpose") }
                    }
                    var statementCount = 0
                    transaction.database.trace(options: .statement) { _ in statementCount += 1 }
                    defer { transaction.database.trace(nil) }
                    let last = try Self.open(in: repo, transaction)
                    #expect(try transaction.database.nearestGood(from: last)?.id == good)
                    _ = try transaction.finish(last, error: "on purpose")
                    return statementCount
                }
                statementCounts.append(statementCount)
            }
            #expect(statementCounts[0] == statementCounts[1])
        }
    }

    @Test("all that failed behind an open one are finished with it, and show what it has")
    func failedBehindOpen() async throws {
        try await TestLedger.with { ledger, _, repo in
            let count = 1000
            let tree = try await ledger.write { transaction in
                let database = transaction.database
                let first = try Self.open(in: repo, transaction)
                let waiting = try (0..<count).map { _ in try Self.open(in: repo, transaction) }
                for commit in waiting { try transaction.fail(commit, error: "on purpose") }
                #expect(try waiting.allSatisfy { try !database.commit(seq: $0.seq).isFinished })
                // They count for the backlog, since all are finished at once.
                let head = try database.head(of: Branch(repo: repo))
                #expect(try database.countOpen(from: head, limit: .max) == count + 1 && database.countOpen(from: head, limit: 7) == 7)
                let tree = try transaction.edit(database.existingRepo(repo)) { store in
                    let editor = TreeEditor()
                    try editor.put(try FileIngest.store([1], to: store), at: FilePath("/a"))
                    return try editor.apply(to: StorageFormat.writeEmptyRoot(to: store), reader: store, writer: store).root
                }
                try database.setTree(of: first, to: tree, size: 1)
                _ = try transaction.finish(database.commit(seq: first.seq))
                #expect(try database.countOpen(from: database.head(of: Branch(repo: repo)), limit: .max) == 0)
                return tree
            }
            let commits = try await ledger.read { try $0.commits(in: $0.existingRepo(repo), limit: nil, origin: nil) }
            #expect(commits.count == count + 1 && commits.allSatisfy { $0.isFinished && $0.tree == tree })
            #expect(commits.count { $0.error == "on purpose" } == count)
        }
    }

    /// Opens a commit as a pipeline's output has it.
    private static func open(in repo: RepoName, _ transaction: LedgerTransaction) throws -> CommitRow {
        let branch = Branch(repo: repo)
        return try transaction.openCommit(
            .random(), on: branch.name, in: transaction.database.existingRepo(repo), parent: transaction.database.head(of: branch),
            origin: .auto, description: "", provenance: [])
    }
}
