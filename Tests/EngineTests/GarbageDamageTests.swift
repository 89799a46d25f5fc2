import Engine
import Foundation
import Ledger
import Model
import Operations
import TestSupport
import Testing

@Suite("Damage to what nobody needs goes with the garbage; what is needed stays and is named")
struct GarbageDamageTests {
    enum Remedy: CaseIterable {
        case fix, collection

        func apply(_ engine: Engine) async throws {
            switch self {
            case .fix: _ = try await engine.fsck(publish: false, fix: true)
            case .collection: _ = try await engine.collectGarbage(dryRun: false)
            }
        }
    }

    /// Whether the parts of the pack are damaged.
    enum Part: CaseIterable {
        /// The content of a file that no commit has any more.
        case garbage
        case header, trailer, index
        /// The name of a file's content that is needed, in the index.
        case name
        /// A loose object that nobody needs.
        case loose
    }

    private static let repo = "in"

    /// A root in whose only pack there is a file that a commit has, and one that none has.
    private static func make(in folder: String) async throws -> (garbage: PackEntry, file: PackEntry) {
        try await TestEngine.with { test in
            let (engine, master) = (test.engine, try CommitReference("\(repo)@master"))
            try await engine.createRepo(RepoName(repo), description: "", update: false)
            var random = SplitMix(seed: 4)
            let first = try await engine.put(
                [(FilePath("/gone"), random.noise(5000)), (FilePath("/kept"), random.noise(5000))], in: master)
            _ = try await engine.fsck(publish: true, fix: false)
            let blobs = try test.packEntries(of: RepoName(repo)).filter { $0.kind == "blob" && $0.range.count > 4000 }
            let ids = try ["gone", "kept"].map {
                try test.git(RepoName(repo)).run("rev-parse", "master:\($0)").trimmingCharacters(in: .whitespacesAndNewlines)
            }
            _ = try await engine.deleteFile(FileReference(commit: master, path: FilePath("/gone")), recursive: false)
            try await engine.squashCommitSet(first)
            _ = try await engine.fsck(publish: true, fix: false)
            try await test.copy(to: folder)
            let entries = try ids.map { id in try #require(blobs.first { $0.id == id }) }
            return (entries[0], entries[1])
        }
    }

    private static func damage(_ parts: [Part], _ entry: PackEntry, needed: PackEntry, _ test: TestEngine) throws {
        for part in parts {
            switch part {
            case .garbage: try entry.damage(in: test)
            case .header: try test.damage(entry.repo, entry.pack) { $0[10] ^= 1 }
            case .trailer: try test.damage(entry.repo, entry.pack) { $0[$0.count - 3] ^= 1 }
            case .name:
                let id = try ObjectID(parsing: needed.id)
                try test.damage(entry.repo, entry.pack.replacing(".pack", with: ".idx")) { index in
                    if let place = index.range(of: Data(id.bytes)) { index[place.upperBound - 1] ^= 1 }
                }
            case .loose:
                let folder = test.root.repoPath(entry.repo) + "/objects/ab"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try Data([1, 2, 3]).write(to: URL(filePath: folder + "/" + String(repeating: "cd", count: 19)))
            case .index: try test.damage(entry.repo, entry.pack.replacing(".pack", with: ".idx")) { $0[$0.count / 2] ^= 0xff }
            }
        }
    }

    @Test("after one remedy all is clean, and what is needed is as it was", arguments: Remedy.allCases)
    func garbage(_ remedy: Remedy) async throws {
        try await withTemporaryFolder { folder in
            let original = folder + "/original"
            let (garbage, kept) = try await Self.make(in: original)
            let master = try CommitReference("\(Self.repo)@master")
            let files = try await TestEngine.with(copyOf: original) { try await $0.engine.files(of: master) }
            // The pack has one sound way in at least: its own order, or the index.
            let ways: [[Part]] = [
                [.garbage], [.header], [.trailer], [.index], [.name], [.loose], [.garbage, .header], [.garbage, .trailer],
                [.header, .trailer],
                [.index, .trailer], [.name, .trailer],
            ]
            for parts in ways {
                try await TestEngine.with(copyOf: original) { test in
                    try Self.damage(parts, garbage, needed: kept, test)
                    try await test.reopen()
                    #expect(try await !test.engine.fsck(publish: false, fix: false).isClean, "\(parts)")
                    try await remedy.apply(test.engine)
                    let left = try await test.engine.fsck(publish: false, fix: false).findings
                    #expect(left.isEmpty, "\(parts): \(left)")
                    #expect(try await test.engine.files(of: master) == files, "\(parts)")
                    try await test.reopen()
                    #expect(try await test.engine.fsck(publish: false, fix: false).findings.isEmpty, "\(parts)")
                    #expect(try test.git(RepoName(Self.repo)).run("fsck", "--strict", "--no-dangling").isEmpty, "\(parts)")
                }
            }
        }
    }

    @Test("what a commit needs is named after each remedy as before, and its file stays", arguments: Remedy.allCases)
    func needed(_ remedy: Remedy) async throws {
        try await withTemporaryFolder { folder in
            let original = folder + "/original"
            let (garbage, kept) = try await Self.make(in: original)
            for parts: [Part] in [[], [.garbage], [.trailer], [.index], [.garbage, .header]] {
                try await TestEngine.with(copyOf: original) { test in
                    try kept.damage(in: test)
                    try Self.damage(parts, garbage, needed: kept, test)
                    let pack = test.root.repoPath(kept.repo) + "/objects/pack/" + kept.pack
                    let bytes = try Data(contentsOf: URL(filePath: pack))
                    try await test.reopen()
                    for _ in 0..<2 {
                        try await remedy.apply(test.engine)
                        try await test.reopen()
                        let left = try await test.engine.fsck(publish: false, fix: false).findings
                        #expect(left.contains { $0.files.map(\.description) == ["/kept"] && $0.commits.count == 1 }, "\(parts): \(left)")
                        #expect(try Data(contentsOf: URL(filePath: pack)) == bytes, "\(parts)")
                    }
                }
            }
        }
    }
}
