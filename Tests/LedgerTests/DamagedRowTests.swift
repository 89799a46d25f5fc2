import GRDB
import Metadata
import Model
import Testing

@testable import Ledger

@Suite("Rows of the database")
struct DamagedRowTests {
    private static let reads: [@Sendable (Database, RepoRow) throws -> Void] = [
        { database, _ in _ = try database.repos() },
        { database, repo in _ = try database.branches(of: repo) },
        { database, _ in _ = try database.directProvenance() },
        { database, repo in
            for commit in try database.commits(in: repo, limit: nil, origin: nil) { _ = try database.provenance(of: commit) }
        },
        { database, _ in _ = try database.pipelines() },
        { database, _ in _ = try database.jobs((nil, nil, [], nil)) },
        { database, _ in _ = try database.firstUnfinishedJobs() },
        { database, _ in _ = try database.dueRefs() },
        { database, repo in _ = try database.refs(of: repo) },
        { database, repo in _ = try database.namedObjects(of: repo) },
        { database, repo in _ = try database.commitRoots(of: repo, after: 0, limit: 100) },
        { database, _ in _ = try database.landings() },
    ]

    @Test(
        "whatever a column holds, it is read or told of, and ends no program",
        arguments: [
            "repo", "commits", "commit_provenance", "branch", "branch_provenance", "pipeline", "pipeline_version", "job", "landing",
            "git_ref",
        ])
    func anyColumn(of table: String) async throws {
        try await TestLedger.with { ledger, _, name in
            try await TestLedger.put("hello", at: "/a", in: name, ledger)
            _ = try await JobListTests.fill(ledger, name)
            let toldCount = try await ledger.write { transaction in
                let database = transaction.database
                let repo = try database.existingRepo(name)
                var toldCount = 0
                try database.execute(sql: "PRAGMA defer_foreign_keys = ON")
                for column in try String.fetchAll(database, sql: "SELECT name FROM pragma_table_info(?)", arguments: [table]) {
                    for value in ["'x'", "''", "x'00'", "1e300", "-1", "9223372036854775807", "-9223372036854775808"] {
                        try database.inSavepoint {
                            let update = "UPDATE OR IGNORE \(table) SET \(column) = \(value)"
                            // A key that is an integer takes nothing else.
                            guard case .success = Result(catching: { try database.execute(sql: update) }) else { return .rollback }
                            for read in Self.reads {
                                guard case .failure(let error) = Result(catching: { try read(database, repo) }) else { continue }
                                toldCount += 1
                                #expect(!"\(error)".isEmpty)
                            }
                            return .rollback
                        }
                    }
                }
                return toldCount
            }
            if !["landing", "commit_provenance", "branch_provenance"].contains(table) { #expect(toldCount > 0) }
        }
    }

    @Test("that refer to others are found by an index when those are removed")
    func references() async throws {
        try await TestLedger.with { ledger, _, _ in
            let unindexed = try await ledger.read { database in
                try String.fetchAll(
                    database,
                    sql: """
                        SELECT t.name || '.' || f."from" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f
                        WHERE t.type = 'table' AND NOT EXISTS (
                            SELECT 1 FROM pragma_index_list(t.name) l, pragma_index_info(l.name) i WHERE i.seqno = 0 AND i.name = f."from")
                        """)
            }
            // Rows there are few of, and each commit writes some.
            #expect(unindexed == ["landing.repo"])
        }
    }
}
