import Engine
import Foundation
import Ledger
import Model
import Operations
import TestSupport
import Testing

@Suite("Whatever object of an output is damaged, it is made again and new commits run")
struct DamageTests {
    private static let seed = ProcessInfo.processInfo.environment["PACH_DAMAGE_SEED"].flatMap(UInt64.init) ?? .random(in: 0...9999)
    /// As many objects are damaged, each in a root of its own; `PACH_DAMAGE_COUNT` says another number.
    private static let sampleCount = ProcessInfo.processInfo.environment["PACH_DAMAGE_COUNT"].flatMap(Int.init) ?? 6

    @Test("one object at a time, of outputs and of records, of now and of before")
    func outputs() async throws {
        try await withTemporaryFolder { folder in
            let original = folder + "/original"
            let entries = try await TestEngine.with { test in
                let engine = test.engine
                let master = try CommitReference("in@master")
                try await engine.createRepo(RepoName("in"), description: "", update: false)
                try await engine.createPipeline("copy", reading: ["in"], #"cp "$in" "$out/""#)
                try await engine.createPipeline("next", reading: ["copy"], #"cat "$copy" "$copy" > "$out/$(basename "$copy")""#)
                var noise = SplitMix(seed: 1)
                let large = (0..<(1 << 20) + 1).map { _ in UInt8(truncatingIfNeeded: noise.next()) }
                _ = try await engine.put([(FilePath("/a"), [1]), (FilePath("/b"), [2]), (FilePath("/large"), large)], in: master)
                _ = try await engine.run { _ in }
                _ = try await engine.put([(FilePath("/a"), [3])], in: master)
                _ = try await engine.run { _ in }
                _ = try await engine.fsck(publish: true, fix: false)
                try await test.copy(to: original)
                return try ["copy", "copy.meta", "next", "next.meta"].flatMap { try test.packEntries(of: RepoName($0)) }
            }
            var random = SplitMix(seed: Self.seed)
            for entry in entries.shuffled(using: &random).prefix(Self.sampleCount) {
                do {
                    try await TestEngine.with(copyOf: original) { try await Self.mend(entry, $0) }
                } catch {
                    Issue.record("seed \(Self.seed), \(entry) damaged: \(error)")
                }
            }
        }
    }

    /// Repairs the root, and goes on to work with it, each command with an engine of its own.
    private static func mend(_ entry: PackEntry, _ test: TestEngine) async throws {
        try entry.damage(in: test)
        try await test.reopen()

        let found = try await test.engine.fsck(publish: true, fix: true).findings
        #expect(!found.isEmpty, "seed \(seed), \(entry) damaged: not found")
        try await test.reopen()
        try await run(entry, test)
        let kept = try await files(test.engine)
        try await test.reopen()
        _ = try await test.engine.fsck(publish: true, fix: true)
        try await test.reopen()
        try await run(entry, test)
        _ = try await test.engine.put([(FilePath("/b"), [4])], in: CommitReference("in@master"))
        try await test.reopen()
        try await run(entry, test)
        let new = try await files(test.engine)
        let (a, b, large) = try (FilePath("/a"), FilePath("/b"), FilePath("/large"))
        #expect(new["copy"]?[b] == [4] && new["next"]?[b] == [4, 4], "seed \(seed), \(entry) damaged")
        for (repo, files) in kept {
            #expect(files[a] == (repo == "copy" ? [3] : [3, 3]), "seed \(seed), \(entry) damaged: \(repo)")
            #expect(files[large] != nil && files[large] == new[repo]?[large] && files.count == 3, "seed \(seed), \(entry) damaged")
        }
        // What nobody can make again is old: no commit that a branch shows now needs it.
        let left = try await test.engine.fsck(publish: true, fix: true).findings.filter { $0.severity == .damage }
        let heads = try await ["copy", "next", "copy.meta", "next.meta"].asyncMap {
            try await test.engine.inspectBranch(Branch(repo: RepoName($0), name: .master)).head?.id
        }
        for finding in left {
            #expect(!finding.commits.contains { heads.contains($0.id) }, "seed \(seed), \(entry) damaged: \(finding.message)")
        }
        #expect(try await test.engine.run(report: { _ in }).isEmpty, "seed \(seed), \(entry) damaged: made again without need")
    }

    private static func run(_ entry: PackEntry, _ test: TestEngine) async throws {
        for job in try await test.engine.run(report: { _ in }) {
            #expect(job.state == .success, "seed \(seed), \(entry) damaged: job \(job.job) \(job.reason)")
        }
    }

    private static func files(_ engine: Engine) async throws -> [String: [FilePath: [UInt8]]] {
        var files: [String: [FilePath: [UInt8]]] = [:]
        for repo in ["copy", "next"] { files[repo] = try await engine.files(of: CommitReference("\(repo)@master")) }
        return files
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
