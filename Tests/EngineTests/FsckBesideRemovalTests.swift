import Foundation
import Metadata
import Model
import Operations
import TestSupport
import Testing
import Threads

@testable import Engine
@testable import Ledger

@Suite("A check beside what removes what it looks at")
struct FsckBesideRemovalTests {
    private static func with(_ body: (TestEngine, RepoName) async throws -> Void) async throws {
        try await TestEngine.with { test in
            let repo = try RepoName("in")
            try await test.engine.createRepo(repo, description: "", update: false)
            for number in 0..<3 {
                _ = try await test.engine.put([(FilePath("/\(number)"), [UInt8(number)])], in: CommitReference("in@master"))
            }
            _ = try await test.engine.fsck(publish: true, fix: false)
            try await body(test, repo)
        }
    }

    @Test("what was collected after it was listed is no damage; what is named still is", arguments: [false, true])
    func removed(isNamed: Bool) async throws {
        try await Self.with { test, repo in
            let ledger = test.engine.ledger
            let row = try await ledger.read { try $0.existingRepo(repo) }
            let before = try await ledger.read { try $0.checkedNames(of: row) }
            try await test.engine.dropCommitSet(before.commits[0].id)
            _ = try await test.engine.collectGarbage(dryRun: false)
            let findings = try await Cancellation.blocking { cancellation in
                var listings = [before]
                var report = FsckReport()
                var check = try RepoCheck(store: ledger.store(repo), ledger: ledger, cancellation) {
                    if isNamed { return before }
                    return try listings.popLast() ?? ledger.metadata.read { try $0.checkedNames(of: row) }
                }
                try check.run(&report)
                return report.findings
            }
            #expect(findings.isEmpty != isNamed, "\(findings)")
        }
    }

    @Test("a repo that was deleted after it was listed lacks nothing, nor does another one of its name", arguments: [false, true])
    func deleted(isReplaced: Bool) async throws {
        try await Self.with { test, repo in
            let ledger = test.engine.ledger
            let row = try await ledger.read { try $0.existingRepo(repo) }
            try await test.engine.deleteRepo(repo, force: false)
            try await ledger.publisher.betweenRounds {}
            if isReplaced { try await test.engine.createRepo(repo, description: "", update: false) }
            let findings = try await Cancellation.blocking { cancellation in
                var report = FsckReport()
                try ledger.check(row, &report, cancellation)
                return report.findings
            }
            #expect(findings.isEmpty, "\(findings)")
        }
    }
}
