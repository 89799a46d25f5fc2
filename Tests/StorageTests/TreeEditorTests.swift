import Model
import TestSupport
import Testing

@testable import Storage

@Suite struct TreeEditorTests {
    let objects = InMemoryStore()

    private func file(_ text: String) throws -> StoredFile { try store(Array(text.utf8), in: objects) }

    /// The tree with these files, made from nothing.
    private func root(_ files: [String: String]) throws -> ObjectID {
        let editor = TreeEditor()
        for (path, text) in files { try editor.put(file(text), at: filePath(path)) }
        return try editor.apply(to: nil, reader: objects, writer: objects).root
    }

    private func edit(_ base: ObjectID?, _ body: (borrowing TreeEditor) throws -> Void) throws -> TreeEdit {
        let editor = TreeEditor()
        try body(editor)
        return try editor.apply(to: base, reader: objects, writer: objects)
    }

    private func files(_ root: ObjectID) throws -> [String: String] {
        var files: [String: String] = [:]
        try TreeReader(objects).walk(root) { (path, node) throws(PachError) in
            if node.kind.isFile {
                var bytes: [UInt8] = []
                try FileReader(objects).read(node) { bytes += $0 }
                files[path.description] = String(decoding: bytes, as: UTF8.self)
            }
            return .proceed
        }
        return files
    }

    @Test("files are put, replaced and deleted, and only they count")
    func basics() throws {
        let first = try edit(nil) {
            try $0.put(file("one"), at: filePath("a"))
            try $0.put(file("three"), at: filePath("b/c"))
        }
        #expect(try files(first.root) == ["/a": "one", "/b/c": "three"])
        #expect(first.delta == FileTotals(files: 2, bytes: 8))
        let second = try edit(first.root) {
            try $0.put(file("x"), at: filePath("a"))
            try $0.delete(filePath("b/c"))
        }
        #expect(try files(second.root) == ["/a": "x"])
        #expect(second.delta == FileTotals(files: -1, bytes: -7))
        #expect(try second.root == root(["a": "x"]))
        let third = try edit(second.root) { try $0.delete(.root) }
        #expect(third == TreeEdit(root: StorageFormat.emptyRootID, delta: FileTotals(files: -1, bytes: -1)))
    }

    @Test("an empty batch makes the empty root, or leaves the base")
    func empty() throws {
        let editor = TreeEditor()
        let isEmpty = editor.isEmpty
        #expect(isEmpty)
        let made = try editor.apply(to: nil, reader: objects, writer: objects)
        #expect(made == TreeEdit(root: StorageFormat.emptyRootID, delta: .zero))
        #expect(try objects.contains(StorageFormat.attributesID))
        let base = try root(["a": "1"])
        let same = try editor.apply(to: base, reader: objects, writer: objects)
        #expect(same.root == base)
    }

    @Test("a batch that changes nothing writes nothing")
    func unchanged() throws {
        let base = try root(["a": "1", "b/c": "2"])
        let count = objects.objectCount
        let edit = try edit(base) {
            try $0.put(file("1"), at: filePath("a"))
            try $0.put(file("9"), at: filePath("b/c"))
            try $0.put(file("2"), at: filePath("b/c"))
            try $0.put(file("7"), at: filePath("d/e"))
            try $0.delete(filePath("d"))
        }
        #expect(edit == TreeEdit(root: base, delta: .zero))
        // The two files that were put and replaced.
        #expect(objects.objectCount == count + 2)
    }

    @Test("only the folders on changed paths are written")
    func writesLittle() throws {
        let base = try root(["a/b/c": "1", "d/e/f": "2", "g": "3"])
        let new = try file("4")
        let count = objects.objectCount
        _ = try edit(base) { try $0.put(new, at: filePath("a/b/x")) }
        #expect(objects.objectCount == count + 3)
    }

    @Test(
        "a path cannot be file and folder at once",
        arguments: [(["a": ""], "a/b"), (["a/b": ""], "a"), (["a": ""], "a/b/c"), ([:], "x"), (["x/y": ""], "x")])
    func collisions(base: [String: String], added: String) throws {
        let base = try root(base)
        let error = #expect(throws: PachError.self) {
            _ = try edit(base) {
                if added == "x" { try $0.put(file("1"), at: filePath("x/z")) }
                try $0.put(file("2"), at: filePath(added))
            }
        }
        #expect(error?.code == .conflict)
        #expect(error?.message.hasPrefix("file / directory path collision (/") == true)
    }

    @Test("a file may become a folder, and a folder a file, when the first is deleted")
    func exchanges() throws {
        let base = try root(["a": "1", "b/c": "2"])
        let edit = try edit(base) {
            try $0.delete(filePath("a"))
            try $0.put(file("3"), at: filePath("a/x"))
            try $0.put(file("4"), at: filePath("b"))
            try $0.delete(filePath("b/c"))
        }
        #expect(try files(edit.root) == ["/a/x": "3", "/b": "4"])
        #expect(edit.delta == .zero)
    }

    @Test("later changes win")
    func order() throws {
        let base = try root(["a/b": "1", "a/c": "2"])
        let edit = try edit(base) {
            try $0.put(file("3"), at: filePath("a/d"))
            try $0.delete(filePath("a"))
            try $0.put(file("4"), at: filePath("a/c"))
            try $0.put(file("5"), at: filePath("a/c"))
        }
        #expect(try files(edit.root) == ["/a/c": "5"])
    }

    @Test("deleting what is not there fails, unless it may be absent")
    func absent() throws {
        let base = try root(["a/b": "1"])
        for path in ["x", "a/x", "a/b/c", "x/y/z"] {
            #expect(failure { _ = try edit(base) { try $0.delete(filePath(path)) } } == .notFound, "\(path)")
            #expect(try edit(base) { try $0.delete(filePath(path), ifAbsent: .isIgnored) } == TreeEdit(root: base, delta: .zero))
        }
        #expect(
            try edit(base) {
                try $0.put(file("1"), at: filePath("x/y"))
                try $0.delete(filePath("x"))
            }.root == base)
    }

    @Test("the root is no file")
    func rootFile() throws {
        #expect(failure { _ = try edit(nil) { try $0.put(file("1"), at: .root) } } == .invalidArgument)
    }

    @Test("a file that grows into chunks keeps its name")
    func grows() throws {
        let base = try root(["a": "1", "a.b": "2", "a-": "3"])
        let big = try store([UInt8](repeating: 5, count: 1_200_000), in: objects)
        let grown = try edit(base) { try $0.put(big, at: filePath("a")) }
        #expect(try TreeReader(objects).list(grown.root).map(\.name.description) == ["a", "a-", "a.b"])
        #expect(grown.delta == FileTotals(files: 0, bytes: 1_199_999))
        #expect(try edit(grown.root) { try $0.put(file("1"), at: filePath("a")) }.root == base)
        #expect(failure { _ = try edit(grown.root) { try $0.put(file("1"), at: filePath("a/b")) } } == .conflict)
    }

    @Test("a name too long for its form is refused")
    func longNames() throws {
        let big = try store([UInt8](repeating: 5, count: 1_200_000), in: objects)
        let long = try FilePath(String(repeating: "n", count: 250))
        #expect(failure { _ = try edit(nil) { try $0.put(big, at: long) } } == .invalidArgument)
        let small = try edit(nil) { try $0.put(file("1"), at: long) }
        #expect(try files(small.root).count == 1)
    }

    @Test("two thousand folders deep")
    func deep() throws {
        let deep = try FilePath(String(repeating: "d/", count: 2_000) + "f")
        let edit = try edit(nil) { try $0.put(file("1"), at: deep) }
        #expect(try TreeReader(objects).file(at: deep, in: edit.root).size == 1)
        var seen = 0
        try TreeReader(objects).walk(edit.root) { _, _ in
            seen += 1
            return .proceed
        }
        #expect(seen == 2_001)
        #expect(try TreeReader(objects).totals(of: TreeNode(kind: .folder, id: edit.root)) == FileTotals(files: 1, bytes: 1))
        let removed = try self.edit(edit.root) { try $0.delete(deep) }
        #expect(removed.root == StorageFormat.emptyRootID)
        var differences = 0
        try TreeDiff(objects).files(old: edit.root, new: removed.root) { _, _, _ in
            differences += 1
            return true
        }
        #expect(differences == 1)
    }

    /// Bytes by path, and what the editor promises to do with them.
    struct Model {
        var files: [FilePath: [UInt8]] = [:]

        mutating func delete(_ path: FilePath) { files = files.filter { $0.key.relative(to: path) == nil } }

        var collides: Bool {
            files.keys.contains { path in files.keys.contains { $0 != path && path.relative(to: $0) != nil } }
        }
    }

    @Test("random batches do what a dictionary does, and every tree is as if made at once (invariant 9)", arguments: seeds(40))
    func random(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        let names = try ["a", "a.b", "a-b", "ab", ".git", "a~pach.name", "é", "e\u{301}", "z"].map { try fileName($0) }
        func path(_ generator: inout SplitMix) -> FilePath {
            FilePath((0..<Int.random(in: 1...3, using: &generator)).compactMap { _ in names.randomElement(using: &generator) })
        }
        let contents = (0..<4).map { [UInt8](repeating: UInt8($0), count: $0) } + [[UInt8](repeating: 9, count: 1_100_000)]
        let stored = try contents.map { try store($0, in: objects) }
        var model = Model()
        var root: ObjectID?
        for _ in 0..<25 {
            var next = model
            let editor = TreeEditor()
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let path = path(&generator)
                switch Int.random(in: 0..<10, using: &generator) {
                case 0..<6:
                    let index = Int.random(in: 0..<(Int.random(in: 0..<8, using: &generator) == 0 ? 5 : 4), using: &generator)
                    try editor.put(stored[index], at: path)
                    next.files[path] = contents[index]
                case 6..<8:
                    try editor.delete(path, ifAbsent: .isIgnored)
                    next.delete(path)
                default:
                    let known = self.path(next, &generator)
                    try editor.delete(known)
                    next.delete(known)
                }
            }
            if next.collides {
                let error = #expect(throws: PachError.self, "seed \(seed)") {
                    _ = try editor.apply(to: root, reader: objects, writer: objects)
                }
                #expect(error?.code == .conflict, "seed \(seed)")
                continue
            }
            let edit = try editor.apply(to: root, reader: objects, writer: objects)
            let old = model.files.values.reduce(0) { $0 + $1.count }, new = next.files.values.reduce(0) { $0 + $1.count }
            #expect(edit.delta == FileTotals(files: next.files.count - model.files.count, bytes: new - old), "seed \(seed)")
            try check(edit.root, next, seed)
            try checkDiff(root, edit.root, model, next, seed)
            (root, model) = (edit.root, next)
        }
    }

    private func path(_ model: Model, _ generator: inout SplitMix) -> FilePath {
        let path = model.files.keys.sorted().randomElement(using: &generator) ?? .root
        return FilePath(path.components.prefix(Int.random(in: 1...3, using: &generator)))
    }

    private func check(_ root: ObjectID, _ model: Model, _ seed: UInt64) throws {
        let fresh = TreeEditor()
        for (path, bytes) in model.files { try fresh.put(store(bytes, in: objects), at: path) }
        let made = try fresh.apply(to: nil, reader: objects, writer: objects)
        #expect(made.root == root, "seed \(seed)")
        var walked: [FilePath] = []
        try TreeReader(objects).tree(root).validate(as: .root)
        try TreeReader(objects).walk(root) { (path, node) throws(PachError) in
            if node.kind == .folder { try TreeReader(objects).tree(node.id).validate(as: .folder) } else { walked.append(path) }
            return .proceed
        }
        #expect(walked == model.files.keys.sorted(), "seed \(seed)")
    }

    private func checkDiff(_ old: ObjectID?, _ new: ObjectID, _ before: Model, _ after: Model, _ seed: UInt64) throws {
        var replayed = before.files
        var paths: [FilePath] = []
        try TreeDiff(objects).files(old: old, new: new) { (path, oldNode, newNode) throws(PachError) in
            paths.append(path)
            #expect((oldNode == nil) == (before.files[path] == nil), "seed \(seed)")
            #expect(oldNode != newNode, "seed \(seed)")
            replayed[path] = nil
            if let newNode {
                var bytes: [UInt8] = []
                try FileReader(objects).read(newNode) { bytes += $0 }
                replayed[path] = bytes
            }
            return true
        }
        #expect(replayed == after.files, "seed \(seed)")
        #expect(paths == paths.sorted(), "seed \(seed)")
    }
}
