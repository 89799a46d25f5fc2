import Model
import Testing

@testable import Storage

@Suite struct TreeReaderTests {
    let objects = InMemoryStore()

    private func root() throws -> ObjectID {
        let editor = TreeEditor()
        for path in ["a/b/c", "a/b-d", "a-e", "big"] {
            try editor.put(store([UInt8](repeating: 1, count: path == "big" ? 1_500_000 : 3), in: objects), at: filePath(path))
        }
        return try editor.apply(to: nil, reader: objects, writer: objects).root
    }

    @Test("nodes are found by path; the root is a folder")
    func lookup() throws {
        let root = try root(), reader = TreeReader(objects)
        #expect(try reader.node(at: .root, in: root) == TreeNode(kind: .folder, id: root))
        #expect(try reader.node(at: filePath("a/b/c"), in: root)?.kind == .file)
        #expect(try reader.node(at: filePath("a/b"), in: root)?.kind == .folder)
        #expect(try reader.node(at: filePath("big"), in: root)?.kind == .chunkedFile)
        for absent in ["x", "a/x", "a-e/x", "big/0000", ".gitattributes", "a/b/c/d"] {
            #expect(try reader.node(at: filePath(absent), in: root) == nil, "\(absent)")
            #expect(failure { _ = try reader.file(at: filePath(absent), in: root) } == .notFound)
        }
        #expect(try reader.file(at: filePath("big"), in: root).size == 1_500_000)
        #expect(failure { _ = try reader.file(at: filePath("a"), in: root) } == .invalidArgument)
    }

    @Test("totals count files and bytes below")
    func totals() throws {
        let root = try root(), reader = TreeReader(objects)
        #expect(try reader.totals(of: TreeNode(kind: .folder, id: root)) == FileTotals(files: 4, bytes: 1_500_009))
        #expect(try reader.totals(of: reader.existingNode(at: filePath("a"), in: root)) == FileTotals(files: 2, bytes: 6))
        #expect(try reader.totals(of: reader.existingNode(at: filePath("big"), in: root)) == FileTotals(files: 1, bytes: 1_500_000))
    }

    @Test("a walk goes in the order of paths, and where it is sent")
    func walk() throws {
        let root = try root(), reader = TreeReader(objects)
        var seen: [String] = []
        #expect(
            try reader.walk(root) { path, _ in
                seen.append(path.description)
                return .proceed
            })
        #expect(seen == ["/a", "/a/b", "/a/b/c", "/a/b-d", "/a-e", "/big"])
        seen = []
        #expect(
            try !reader.walk(root, at: filePath("x")) { path, node in
                seen.append(path.description)
                return node.kind == .folder ? .skip : .stop
            })
        #expect(seen == ["/x/a", "/x/a-e"])
    }
}
