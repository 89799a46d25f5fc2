import Engine
import Foundation
import Model
import Operations
import TestSupport
import Testing

@Suite("Retention of a pipeline whose jobs fail")
struct RetentionTests {
    @Test("what came before a commit that failed goes with it, and so do the inputs of both; what stays is sound")
    func failedOutputs() async throws {
        try await TestEngine.with { test in
            let repos = try ["in", "copy"].map { try RepoName($0) }
            try await test.engine.createRepo(repos[0], description: "", update: false)
            try await test.engine.createPipeline("copy", reading: ["in"], #"if grep -q bad "$in"; then exit 1; fi; cp "$in" "$out/""#)
            func put(_ texts: String...) async throws {
                for text in texts {
                    _ = try await test.engine.put([(FilePath("/a"), Array(text.utf8))], in: CommitReference("in@master"))
                    _ = try await test.engine.run { _ in }
                }
            }
            func commits(_ repo: RepoName) async throws -> [CommitInfo] {
                try await test.engine.listCommits(CommitQuery(repo: repo))
            }
            func collect() async throws {
                let report = try await test.engine.collectGarbage(dryRun: false)
                #expect(report.repos.compactMap(\.problem) == [])
            }
            try await put("1", "bad", "bad", "2", "bad", "3", "4")
            for repo in repos {
                let settings = RepoSettings(retention: Retention(commits: 2, duration: nil))
                try await test.engine.createRepo(repo, settings: settings, update: true)
            }
            try await collect()
            for repo in repos { #expect(try await commits(repo).map(\.error) == [nil, nil], "\(repo)") }
            // A failed one that stays keeps the good one that it stands on, whatever comes after it.
            try await put("5", "bad", "6")
            try await collect()
            #expect(try await commits(repos[1]).map { $0.error == nil } == [true, false, true])
            try await put("7")
            try await collect()
            for repo in repos { #expect(try await commits(repo).count == 2, "\(repo)") }
            #expect(try await test.engine.fsck(publish: true, fix: false).findings.isEmpty)
            for repo in repos + [repos[1].ofKind(.meta)] {
                _ = try test.git(repo).run("fsck", "--strict", "--no-dangling")
                #expect(try test.git(repo).run("rev-list", "--count", "master") == "2", "\(repo)")
            }
        }
    }
}
