import Engine
import Foundation
import Ledger
import Model
import Operations
import TestSupport
import Testing

@Suite("A rebuild that cannot read a commit")
struct LostHistoryTests {
    private static let repo = sure { try RepoName("in") }

    /// A repo of three commits, each in packs of its own.
    /// - Parameter body: gets the Git ids of the commits, oldest first.
    private static func with(_ body: (TestEngine, _ commits: [String]) async throws -> Void) async throws {
        try await TestEngine.with { test in
            try await test.engine.createRepo(repo, description: "", update: false)
            for number in 0..<3 {
                try await put(number, test)
                _ = try await test.engine.fsck(publish: true, fix: false)
            }
            let commits = try test.git(repo).run("rev-list", "--reverse", "master").split(separator: "\n").map(String.init)
            try await body(test, commits)
        }
    }

    private static func put(_ number: Int, _ test: TestEngine) async throws {
        _ = try await test.engine.put([(FilePath("/f\(number)"), [UInt8(number)])], in: CommitReference("in@master"))
    }

    /// Takes the pack away that holds an object.
    /// - Returns: its files with their bytes.
    private static func takePack(of id: String, _ test: TestEngine) throws -> [String: Data] {
        let entry = try #require(try test.packEntries(of: repo).first { $0.id == id })
        var files: [String: Data] = [:]
        for name in [entry.pack, entry.pack.replacing(".pack", with: ".idx")] {
            let path = "\(test.root.repoPath(repo))/objects/pack/\(name)"
            files[path] = try Data(contentsOf: URL(filePath: path))
            try FileManager.default.removeItem(atPath: path)
        }
        return files
    }

    private static func putBack(_ files: [String: Data]) throws {
        for (path, bytes) in files { try bytes.write(to: URL(filePath: path)) }
    }

    private static func expectRefused(_ test: TestEngine, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let report = try await test.engine.collectGarbage(dryRun: false)
        let problem = report.repos.first { $0.repo == repo }?.problem
        #expect(problem?.contains("fsck --rebuild") == true, "\(problem ?? "collected")", sourceLocation: sourceLocation)
    }

    @Test("leaves what lies before it in place: with the commit back, another rebuild finds all", arguments: [1, 2])
    func unreadable(number: Int) async throws {
        try await Self.with { test, commits in
            var pack: [String: Data] = [:]
            let report = try await test.rebuild { pack = try Self.takePack(of: commits[number], test) }
            #expect(report.losses.contains { $0.contains(commits[number]) }, "\(report.losses)")
            try await Self.expectRefused(test)
            let findings = try await test.engine.fsck(publish: true, fix: true).findings
            #expect(findings.contains { $0.severity == .damage && $0.message.contains(commits[number]) }, "\(findings)")
            #expect(!FileManager.default.fileExists(atPath: "\(test.root.repoPath(Self.repo))/shallow"))

            _ = try await test.rebuild { try Self.putBack(pack) }
            #expect(try await test.engine.listCommits(CommitQuery(repo: Self.repo)).count == 3)
            #expect(try await test.engine.files(of: CommitReference("in@master")).count == 3)
            let collected = try await test.engine.collectGarbage(dryRun: false)
            #expect(collected.repos.compactMap(\.problem) == [])
            #expect(try await test.engine.fsck(publish: true, fix: false).findings.isEmpty)
            _ = try test.git(Self.repo).run("fsck", "--strict", "--no-dangling")
        }
    }

    @Test("at the end of a branch that is written to since has it again as a commit, once it is back")
    func writtenSince() async throws {
        try await Self.with { test, commits in
            var pack: [String: Data] = [:]
            _ = try await test.rebuild { pack = try Self.takePack(of: commits[2], test) }
            try await Self.put(7, test)
            _ = try await test.engine.fsck(publish: true, fix: false)
            try await Self.expectRefused(test)
            // Rebuilt once more it knows still what it could not read.
            _ = try await test.rebuild {}
            try await Self.expectRefused(test)

            _ = try await test.rebuild { try Self.putBack(pack) }
            #expect(try await test.engine.files(of: CommitReference("in@master")).count == 1)
            let found = try await test.engine.listCommits(CommitQuery(repo: Self.repo))
            #expect(found.count == 4)
            let collected = try await test.engine.collectGarbage(dryRun: false)
            #expect(collected.repos.compactMap(\.problem) == [])
            #expect(try await test.engine.fsck(publish: true, fix: false).findings.isEmpty)
            var counts: [Int] = []
            for commit in found { counts.append(try await test.engine.files(of: CommitReference("in@\(commit.commit.id)")).count) }
            #expect(counts.sorted() == [1, 1, 2, 3])
        }
    }
}
