import Engine
import Foundation
import Model
import Operations
import TestSupport
import Testing

@Suite("A pipeline that reads its own last output")
struct PreviousOutputTests {
    @Test("invariant 7: where that output is damaged the job fails and says what to do, and no byte of it is used")
    func damaged() async throws {
        try await TestEngine.with { test in
            let log = try CommitReference("log@master")
            try await Self.createLog(test.engine)
            var noise = SplitMix(seed: 3)
            let texts = (0..<5).map { _ in (0..<1000).map { _ in UInt8(truncatingIfNeeded: noise.next()) } }
            for text in texts[..<2] { #expect(try await Self.append(text, test)?.state == .success) }
            let path = try FilePath("/log")
            #expect(try await test.engine.files(of: log) == [path: texts[0] + texts[1]])

            _ = try await test.engine.fsck(publish: true, fix: false)
            let id = try test.git(RepoName("log")).run("rev-parse", "master:log")
            let entry = try #require(try test.packEntries(of: RepoName("log")).first { $0.id == id })
            try entry.damage(in: test)
            try await test.reopen()

            let remedy = "pach delete branch log@master --force"
            // As often as it is tried; what failed is never taken for a good output.
            for text in texts[2..<4] {
                let failed = try #require(try await Self.append(text, test))
                #expect(failed.state == .failure)
                #expect(failed.reason.contains("the last output of pipeline log, which it reads itself, is damaged"), "\(failed.reason)")
                #expect(failed.reason.contains(remedy), "\(failed.reason)")
            }
            // What cannot be made again is not promised to be.
            let findings = try await test.engine.fsck(publish: true, fix: true).findings
            #expect(findings.contains { $0.severity == .damage && $0.message.contains(remedy) }, "\(findings)")
            #expect(try await test.engine.run { _ in }.isEmpty)

            try await test.engine.deleteBranch(Branch(repo: RepoName("log"), name: .master), force: true)
            try await test.engine.updatePipeline("log")
            #expect(try await test.engine.run { _ in }.map(\.state) == [.success])
            #expect(try await test.engine.files(of: log) == [path: texts[3]])
            #expect(try await Self.append(texts[4], test)?.state == .success)
            #expect(try await test.engine.files(of: log) == [path: texts[3] + texts[4]])
        }
    }

    /// What is deleted of a job that ended well, beside its output.
    enum Deletion: CaseIterable {
        case job, records
    }

    @Test("that output counts as long as it is there, whatever else of the job that made it is deleted", arguments: Deletion.allCases)
    func outputAlone(after deletion: Deletion) async throws {
        try await TestEngine.with { test in
            try await Self.createLog(test.engine)
            let first = try #require(try await Self.append([1], test)).job
            switch deletion {
            case .job:
                try await test.engine.deleteJob(first.pipeline.name, first.id)
            case .records:
                try await test.engine.deleteRepo(RepoName("log.meta"), force: true)
                try await test.engine.updatePipeline("log")
                // The update has a job of its own, which appends the same again.
                #expect(try await test.engine.run { _ in }.map(\.state) == [.success])
            }
            #expect(try await Self.append([2], test)?.state == .success)
            let expected: [UInt8] = deletion == .job ? [1, 2] : [1, 1, 2]
            #expect(try await test.engine.files(of: CommitReference("log@master")) == [FilePath("/log"): expected])
        }
    }

    @Test("a link to that output, or to a file of it, is stored as what it leads to")
    func links() async throws {
        try await TestEngine.with { test in
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            // Keeps what it has.
            try await test.engine.createPipeline(
                "kept", reading: ["in"], previous: true,
                #"last="${out%/out}/.previous"; if [ -e "$last/a" ]; then ln -s "$last"/* "$out"; else cp "$in" "$out"; "#
                    + #"mkdir "$out/b"; ln -s ../a "$out/b"; fi"#)
            let kept = try CommitReference("kept@master")
            let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
            #expect(try await Self.append(bytes, test)?.state == .success)
            _ = try await test.engine.fsck(publish: true, fix: false)
            let tree = try test.git(RepoName("kept")).run("rev-parse", "master^{tree}")
            #expect(try await Self.append([1], test)?.state == .success)
            #expect(try await test.engine.files(of: kept) == [FilePath("/a"): bytes, FilePath("/b/a"): bytes])
            _ = try await test.engine.fsck(publish: true, fix: false)
            #expect(try test.git(RepoName("kept")).run("rev-parse", "master^{tree}") == tree)
        }
    }

    /// Creates a pipeline that appends what it is given to what it had.
    private static func createLog(_ engine: Engine) async throws {
        try await engine.createRepo(RepoName("in"), description: "", update: false)
        try await engine.createPipeline(
            "log", reading: ["in"], previous: true,
            #"last="${out%/out}/.previous/log"; { [ ! -e "$last" ] || cat "$last"; cat "$in"; } > "$out/log""#)
    }

    /// Puts the text as what is to be appended, and runs the job.
    private static func append(_ text: [UInt8], _ test: TestEngine) async throws -> JobInfo? {
        _ = try await test.engine.put([(FilePath("/a"), text)], in: CommitReference("in@master"))
        return try await test.engine.run { _ in }.last
    }
}
