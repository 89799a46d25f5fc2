import Foundation
import Model
import Storage
import TestSupport
import Testing

@testable import GitStore
@testable import Ledger

@Suite("What can be reached")
struct ReachabilityTests {
    private let store = InMemoryStore()

    private func write(_ kind: ObjectKind, _ bytes: [UInt8]) throws -> ObjectID {
        try bytes.withUnsafeBytes { try store.write(kind, $0) }
    }

    private func blob(_ text: String) throws -> ObjectID { try write(.blob, Array(text.utf8)) }

    private func commit(_ tree: ObjectID, _ parents: [ObjectID]) throws -> ObjectID {
        let lines = ["tree \(tree)"] + parents.map { "parent \($0)" }
        return try write(.commit, Array((lines.joined(separator: "\n") + "\n\na version\n").utf8))
    }

    private typealias Listing = [String: (mode: String, id: ObjectID)]

    private func tree(_ listing: Listing) throws -> ObjectID {
        // Git's order too, as no name goes on behind another's end with what sorts before a slash.
        let names = listing.keys.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        return try write(
            .tree,
            names.flatMap { name in
                let (mode, id) = listing[name] ?? ("", ObjectHash.id(of: .blob, []))
                var entry = Array("\(mode) \(name)\0".utf8)
                id.append(to: &entry)
                return entry
            })
    }

    private func walk() -> Reachability { Reachability(store, marks: PackMarks([])) }

    /// The plain walk, which looks at all of each tree.
    private func reachable(from roots: [ObjectID]) throws -> Set<ObjectID> {
        var found: Set<ObjectID> = []
        var pending = roots
        while let id = pending.popLast() {
            guard found.insert(id).inserted else { continue }
            let object = try store.read(id)
            switch object.kind {
            case .commit:
                let commit = try GitCommit(parsing: object.bytes)
                pending += [commit.tree] + commit.parents
            case .tree: pending += try GitTree.children(of: object.bytes).map(\.id)
            case .blob, .tag: break
            }
        }
        return found
    }

    @Test("a folder's history costs what changed in it, from the newest version back and from the oldest on")
    func cost() throws {
        let versionCount = 300
        var listing: Listing = [:]
        var trees: [ObjectID] = []
        var head: [ObjectID] = []
        for number in 0..<versionCount {
            listing["file-\(1000 + number * 7919 % versionCount)"] = ("100644", try blob("\(number)"))
            trees.append(try tree(["folder": ("40000", try tree(listing))]))
            head = [try commit(trees[number], head)]
        }
        for roots in [head, trees, trees.reversed()] {
            var reachability = walk()
            try reachability.visit(roots)
            #expect(reachability.count == (roots == head ? store.objectCount : store.objectCount - versionCount))
            // A commit, its tree, the folder and a file each, and all of the version that is read first.
            #expect(reachability.lookupCount < 6 * versionCount)
        }
    }

    @Test("of random histories with branches, merges and what other programs make exactly what the plain walk finds is found")
    func histories() throws {
        let seed = UInt64(ProcessInfo.processInfo.environment["SEED"] ?? "") ?? UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SplitMix(seed: seed)
        for isForeign in Array(repeating: false, count: 15) + Array(repeating: true, count: 5) {
            var versions: [(folders: [String: Listing], tree: ObjectID, commit: ObjectID)] = []
            for _ in 0..<60 {
                // Most often of the last version, so that there are long lines.
                let base = Bool.random(using: &random) ? versions.last : versions.randomElement(using: &random)
                var folders = base?.folders ?? [:]
                for _ in 0..<Int.random(in: 0...6, using: &random) { try edit(&folders, isForeign: isForeign, &random) }
                let root = try tree(folders.mapValues { ("40000", try tree($0)) })
                var parents = base.map { [$0.commit] } ?? []
                if Int.random(in: 0..<5, using: &random) == 0, let other = versions.randomElement(using: &random) {
                    parents.append(other.commit)
                }
                versions.append((folders, root, try commit(root, parents)))
            }
            var reachability = walk()
            var roots: [ObjectID] = []
            for _ in 0..<3 {
                let more = versions.shuffled(using: &random).prefix(Int.random(in: 0...8, using: &random)).map {
                    Bool.random(using: &random) ? $0.tree : $0.commit
                }
                roots += more
                try reachability.visit(more)
                let expected = try reachable(from: roots)
                #expect(reachability.others == expected, "seed \(seed)")
                #expect(reachability.count == expected.count, "seed \(seed)")
            }
        }
    }

    private func edit(_ folders: inout [String: Listing], isForeign: Bool, _ random: inout SplitMix) throws {
        let folder = "folder-\(Int.random(in: 0..<3, using: &random))"
        let name = "file-\(Int.random(in: 0..<80, using: &random))"
        // Few contents, so that what went comes back, under other names too.
        let content = try blob("\(Int.random(in: 0..<200, using: &random))")
        switch Int.random(in: 0..<60, using: &random) {
        case 0: folders[folder] = nil
        case 1: folders["folder-\(Int.random(in: 0..<3, using: &random))"] = folders[folder]
        case 2 where isForeign: folders[folder, default: [:]][name] = ("120000", content)
        case 3 where isForeign: folders[folder, default: [:]][name] = ("100755", content)
        // A submodule's commit is in another repo.
        case 4 where isForeign: folders[folder, default: [:]][name] = ("160000", ObjectHash.id(of: .commit, Array(name.utf8)))
        case 5..<15: folders[folder]?[name] = nil
        case 15..<20: folders[folder, default: [:]][name] = ("40000", try tree(folders[folder] ?? [:]))
        case 20..<24:
            folders[folder] = try (0..<60).reduce(into: folders[folder] ?? [:]) { listing, number in
                listing["file-\(number)"] = ("100644", try blob("\(Int.random(in: 0..<200, using: &random))"))
            }
        default: folders[folder, default: [:]][name] = ("100644", content)
        }
    }

    @Test("what is missing or damaged ends the walk, behind a sound version of the same folder too")
    func damage() throws {
        var listing = try (0..<100).reduce(into: Listing()) { $0["file-\($1)"] = ("100644", try blob("\($1)")) }
        let sound = try tree(listing)
        listing["folder"] = ("40000", ObjectHash.id(of: .tree, Array("not there".utf8)))
        let incomplete = try tree(listing)
        let damaged = try write(.tree, Array(try store.read(sound).bytes.dropLast(5)))
        for (second, code) in [(incomplete, PachError.Code.notFound), (damaged, .corrupt)] {
            var reachability = walk()
            #expect {
                try reachability.visit([sound, second])
            } throws: { ($0 as? PachError)?.code == code }
        }
    }
}
