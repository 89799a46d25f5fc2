import Metadata
import Model
import Testing

@testable import Ledger

@Suite("Commits whose time was over when a collection began")
struct ExpiryTests {
    /// A repo of six commits that keeps two.
    /// - Parameter body: gets what a collection then finds to remove.
    private static func with(_ body: (Ledger, RepoRow, _ expired: [[CommitRow]]) async throws -> Void) async throws {
        try await TestLedger.with { ledger, _, name in
            for number in 0..<6 { try await TestLedger.put("\(number)", at: "/a", in: name, ledger) }
            try await set(Retention(commits: 2, duration: nil), of: name, ledger)
            let (repo, expired) = try await ledger.read { database in
                let repo = try database.existingRepo(name)
                return (repo, try database.expiredCommits(of: repo, at: .now))
            }
            #expect(expired.map(\.count) == [1, 1, 1, 1])
            try await body(ledger, repo, expired)
        }
    }

    private static func set(_ retention: Retention, of repo: RepoName, _ ledger: Ledger) async throws {
        try await ledger.write { try $0.database.setRetention(retention, of: $0.database.existingRepo(repo)) }
    }

    @Test(
        "stay where the retention says so meanwhile",
        arguments: [
            (Retention.all, 0), (Retention(commits: 4, duration: nil), 2),
            (Retention(commits: nil, duration: SpecDuration(nanoseconds: 3_600_000_000_000)), 0),
        ])
    func laterRetention(retention: Retention, removedCount: Int) async throws {
        try await Self.with { ledger, repo, expired in
            try await Self.set(retention, of: repo.name, ledger)
            #expect(try await ledger.write { try $0.expire(expired, of: repo) }.commits.count == removedCount)
        }
    }

    @Test("stay where a branch shows them since")
    func laterBranch() async throws {
        try await Self.with { ledger, repo, expired in
            try await ledger.write { transaction in
                try transaction.database.setHead(of: BranchName("back"), in: repo, to: expired[3][0].seq, at: .now)
            }
            let removed = try await ledger.write { try $0.expire(expired, of: repo) }
            #expect(removed.commits == expired[..<2].joined().map(\.link))
        }
    }
}
