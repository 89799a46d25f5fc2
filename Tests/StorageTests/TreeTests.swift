import Model
import TestSupport
import Testing

@testable import Storage

@Suite struct TreeTests {
    let id = ObjectHash.id(of: .blob, [])

    @Test("entries come back by name, without the attributes")
    func entries() throws {
        let entries = [
            TreeEntry(name: try fileName("a"), kind: .folder, id: id), TreeEntry(name: try fileName("a-b"), kind: .file, id: id),
            TreeEntry(name: try fileName("a.b"), kind: .chunkedFile, id: id), TreeEntry(name: try fileName(".git"), kind: .file, id: id),
        ]
        let tree = try Tree(entries, isRoot: true)
        #expect(try tree.entries().map(\.name.description) == [".git", "a", "a-b", "a.b"])
        try tree.validate(as: .root)
        for entry in entries { #expect(try tree.node(named: entry.name) == entry.node) }
        #expect(try tree.node(named: fileName(".gitattributes")) == nil)
        #expect(try tree.node(named: fileName("a.b~pach.chunks")) == nil)
        #expect(try tree.node(named: fileName("b")) == nil)
    }

    @Test("the empty root is a constant")
    func emptyRoot() throws {
        #expect(try Tree([], isRoot: true).bytes == StorageFormat.emptyRoot)
        #expect(StorageFormat.attributesID.description == "76701c9ee1ae463f80071c93ef715ada4b5c74d5")
        #expect(StorageFormat.emptyRootID.description == "058ba8c5f8ca87bf96b4ed8cba398c082c1a4d39")
        try Tree(StorageFormat.emptyRoot).validate(as: .root)
    }

    @Test("one name cannot be given twice")
    func collision() throws {
        let twice = [TreeEntry(name: try fileName("a"), kind: .file, id: id), TreeEntry(name: try fileName("a"), kind: .folder, id: id)]
        #expect(failure { _ = try Tree(twice, isRoot: false) } == .conflict)
    }

    @Test("Unicode forms that look alike are two files")
    func twins() throws {
        let twins = [
            TreeEntry(name: try fileName("\u{e9}"), kind: .file, id: id), TreeEntry(name: try fileName("e\u{301}"), kind: .file, id: id),
        ]
        let tree = try Tree(twins, isRoot: false)
        try tree.validate(as: .folder)
        #expect(try tree.entries().count == 2)
    }

    private func raw(_ entries: (mode: String, name: String)...) -> [UInt8] {
        entries.flatMap { Array("\($0.mode) \($0.name)\0".utf8) + id.bytes }
    }

    @Test("what pach would not have written is corrupt")
    func rejects() {
        let cases: [(String, [UInt8])] = [
            ("an executable", raw(("100755", "a"))), ("a link", raw(("120000", "a"))), ("a submodule", raw(("160000", "a"))),
            ("an old mode", raw(("100664", "a"))), ("a padded mode", raw(("040000", "a"))), ("no mode", raw(("", "a"))),
            ("no name", raw(("100644", ""))), ("a cut id", Array(raw(("100644", "abcdefgh")).dropLast())),
            ("a cut entry", raw(("100644", "a")) + Array("100644 ".utf8)),
            ("no terminator", Array("100644 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".utf8)),
            ("a wrong order", raw(("100644", "b"), ("100644", "a"))), ("a folder out of order", raw(("40000", "a"), ("100644", "a.b"))),
            ("a name twice", raw(("100644", "a"), ("100644", "a"))), ("a file and a folder", raw(("100644", "a"), ("40000", "a"))),
            ("a file and chunks", raw(("100644", "a"), ("40000", "a~pach.chunks"))), ("a slash", raw(("100644", "a/b"))),
            ("a dot", raw(("40000", "."))), ("two dots", raw(("40000", ".."))), (".git", raw(("40000", ".git"))),
            ("chunks in a file", raw(("100644", "a~pach.chunks"))), ("other attributes", raw(("100644", ".gitattributes"))),
            ("nothing", []), ("attributes of a root", StorageFormat.emptyRoot + raw(("100644", "a"))),
        ]
        for (what, bytes) in cases {
            #expect(failure { try Tree(bytes).validate(as: .folder) } == .corrupt, "\(what)")
        }
        #expect(failure { try Tree(raw(("100644", "a"))).validate(as: .root) } == .corrupt)
    }

    @Test("random bytes are refused, never misread", arguments: seeds(2))
    func hostile(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        let good = try Tree((0..<20).map { TreeEntry(name: try fileName("file \($0)"), kind: .file, id: id) }, isRoot: true).bytes
        for _ in 0..<500 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            bytes.removeLast(Int.random(in: 0...3, using: &generator))
            let code = failure {
                try Tree(bytes).validate(as: .root)
                _ = try TreeDiff(InMemoryStore()).entries(old: nil, new: nil)
            }
            // A changed id is a good tree still.
            #expect(code == nil || code == .corrupt, "seed \(seed)")
            if code == nil { #expect(bytes.count == good.count, "seed \(seed)") }
        }
    }
}
