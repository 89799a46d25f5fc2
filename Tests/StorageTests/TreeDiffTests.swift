import Model
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite struct TreeDiffTests {
    private func id(_ text: String) -> ObjectID { ObjectHash.id(of: .blob, Array(text.utf8)) }

    private func tree(_ entries: [(String, TreeNode.Kind, String)], in objects: InMemoryStore) throws -> ObjectID {
        let entries = try entries.map { TreeEntry(name: try fileName($0.0), kind: $0.1, id: id($0.2)) }
        return try objects.write(.tree, Tree(entries, isRoot: false).bytes)
    }

    @Test("one level: what was added, changed, removed, and what changed its form")
    func level() throws {
        let objects = InMemoryStore()
        let old = try tree(
            [("a", .file, "1"), ("b", .file, "2"), ("c", .folder, "3"), ("d", .file, "4"), ("same", .file, "5")], in: objects)
        let new = try tree(
            [
                ("a", .file, "9"), ("b", .chunkedFile, "2"), ("c", .file, "3"), ("d.x", .file, "4"), ("e", .folder, "6"),
                ("same", .file, "5"),
            ], in: objects)
        func difference(_ text: String, _ old: (TreeNode.Kind, String)?, _ new: (TreeNode.Kind, String)?) throws -> TreeDiff.Difference {
            TreeDiff.Difference(
                name: try fileName(text), old: old.map { TreeNode(kind: $0.0, id: id($0.1)) },
                new: new.map { TreeNode(kind: $0.0, id: id($0.1)) })
        }
        #expect(
            try TreeDiff(objects).entries(old: old, new: new) == [
                difference("a", (.file, "1"), (.file, "9")), difference("b", (.file, "2"), (.chunkedFile, "2")),
                difference("c", (.folder, "3"), (.file, "3")),
                difference("d", (.file, "4"), nil), difference("d.x", nil, (.file, "4")), difference("e", nil, (.folder, "6")),
            ])
        #expect(try TreeDiff(objects).entries(old: old, new: old) == [])
        #expect(try TreeDiff(objects).entries(old: nil, new: nil) == [])
        #expect(try TreeDiff(objects).entries(old: nil, new: old).count == 5)
        #expect(try TreeDiff(objects).entries(old: old, new: nil).allSatisfy { $0.new == nil })
        #expect(try TreeDiff(objects).entries(old: nil, new: StorageFormat.writeEmptyRoot(to: objects)) == [])
    }

    @Test("random levels differ as sets do", arguments: seeds(20))
    func random(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        let objects = InMemoryStore()
        func side() -> [String: (TreeNode.Kind, String)] {
            var side: [String: (TreeNode.Kind, String)] = [:]
            for index in 0..<300 where Int.random(in: 0..<10, using: &generator) > 0 {
                let kind = TreeNode.Kind(rawValue: UInt8(Int.random(in: 0..<20, using: &generator) / 18)) ?? .folder
                side["n\(index % 50)\(["", ".", "-", "a"][index % 4])\(index)"] = (
                    kind, Int.random(in: 0..<8, using: &generator) == 0 ? "x" : "y"
                )
            }
            return side
        }
        let old = side(), new = side()
        let differences = try TreeDiff(objects).entries(
            old: tree(old.map { ($0.key, $0.value.0, $0.value.1) }, in: objects),
            new: tree(new.map { ($0.key, $0.value.0, $0.value.1) }, in: objects))
        var expected: Set<String> = []
        for key in Set(old.keys).union(new.keys) where old[key].map({ "\($0)" }) != new[key].map({ "\($0)" }) { expected.insert(key) }
        #expect(Set(differences.map(\.name.description)) == expected, "seed \(seed)")
        #expect(differences.count == expected.count, "seed \(seed)")
        for difference in differences {
            let key = difference.name.description
            #expect(difference.old == old[key].map { TreeNode(kind: $0.0, id: id($0.1)) }, "seed \(seed)")
            #expect(difference.new == new[key].map { TreeNode(kind: $0.0, id: id($0.1)) }, "seed \(seed)")
        }
    }

    @Test("equal subtrees are never opened")
    func opensLittle() throws {
        let objects = InMemoryStore()
        let absent = TreeEntry(name: try fileName("never-stored"), kind: .folder, id: id("nowhere"))
        let old = try objects.write(.tree, Tree([absent], isRoot: false).bytes)
        let new = try objects.write(.tree, Tree([absent, TreeEntry(name: fileName("f"), kind: .file, id: id("f"))], isRoot: false).bytes)
        var seen: [FilePath] = []
        try TreeDiff(objects).files(old: old, new: new) { path, _, _ in
            seen.append(path)
            return true
        }
        #expect(try seen == [filePath("f")])
    }

    @Test("a visit ends when it is told to")
    func stops() throws {
        let objects = InMemoryStore()
        let new = try tree((0..<9).map { ("f\($0)", .file, "1") }, in: objects)
        var count = 0
        let complete = try TreeDiff(objects).files(old: nil, new: new) { _, _, _ in
            count += 1
            return count < 3
        }
        #expect(!complete && count == 3)
    }

    @Test("bytes that are no tree are corrupt")
    func corrupt() throws {
        let objects = InMemoryStore()
        let bad = try objects.write(.tree, Array("100644 a".utf8))
        #expect(failure { _ = try TreeDiff(objects).entries(old: nil, new: bad) } == .corrupt)
        #expect(failure { _ = try TreeDiff(objects).entries(old: nil, new: objects.write(.blob, [1])) } == .corrupt)
    }
}
