import Engine
import Model
import Operations
import Testing

@Suite("What is said of a repo")
struct RepoSettingsTests {
    @Test("of a retention what is not said stays, until all is to be kept")
    func retention() async throws {
        try await TestEngine.with { test in
            let repo = try RepoName("r")
            let month = try SpecDuration(parsing: "720h")
            /// - Returns: what is in force once `retention` was said.
            func update(_ retention: Retention?) async throws -> Retention? {
                try await test.engine.createRepo(repo, settings: RepoSettings(retention: retention), update: true)
                return try await test.engine.inspectRepo(repo).retention
            }
            #expect(try await update(Retention(commits: nil, duration: month)) == Retention(commits: nil, duration: month))
            #expect(try await update(Retention(commits: 100, duration: nil)) == Retention(commits: 100, duration: month))
            #expect(try await update(nil) == Retention(commits: 100, duration: month))
            let hour = try SpecDuration(parsing: "1h")
            #expect(try await update(Retention(commits: nil, duration: hour)) == Retention(commits: 100, duration: hour))
            #expect(try await update(.all) == nil)
            #expect(try await update(Retention(commits: 2, duration: nil)) == Retention(commits: 2, duration: nil))
        }
    }
}
