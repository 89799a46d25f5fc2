import GRDB
import Metadata
import Model
import TestSupport
import Testing

@testable import Ledger

@Suite("Lines of commits that wait or failed")
struct LongLineTests {
    @Test(
        "a commit after many takes as many statements as after few, and begins with what the last good one had",
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
                    let base = try transaction.database.commit(Commit(repo: repo, id: good))
                    #expect(last.tree == base?.tree && last.size == base?.size)
                    #expect(try transaction.database.nearestGood(from: last)?.id == good)
                    _ = try transaction.finish(last, error: "on purpose")
                    return statementCount
                }
                statementCounts.append(statementCount)
            }
            #expect(statementCounts[0] == statementCounts[1])
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
