import Foundation
import Model
import TestSupport
import Testing

@testable import Storage

@Suite struct CheckoutTests {
    let objects = InMemoryStore()

    private func root(_ files: KeyValuePairs<String, [UInt8]>) throws -> TreeNode {
        let editor = TreeEditor()
        for (path, bytes) in files { try editor.put(store(bytes, in: objects), at: filePath(path)) }
        return TreeNode(kind: .folder, id: try editor.apply(to: nil, reader: objects, writer: objects).root)
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test("files come out as they went in, under their own names, read-only")
    func files() async throws {
        var generator = SplitMix(seed: 5)
        // Not a dictionary: its keys would be equal where their bytes are not.
        let files: KeyValuePairs = [
            "a": [1, 2], "empty": [], "d/e/big": generator.noise(1_300_000), "d/.gitattributes": [3], "caf\u{e9}": [4], "cafe\u{301}": [5],
        ]
        let root = try root(files)
        try await withTemporaryFolder { folder in
            let count = try Checkout(objects).write(root, at: .root, below: folder)
            #expect(count == 1_300_005)
            for (path, bytes) in files {
                #expect(try Array(Data(contentsOf: URL(filePath: "\(folder)/\(path)"))) == bytes, "\(path)")
                #expect(try mode("\(folder)/\(path)") == 0o444)
            }
            #expect(try mode("\(folder)/d/e") == 0o755)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/.gitattributes"))
        }
    }

    @Test("one file or folder can be placed at a path; several checkouts share folders")
    func parts() async throws {
        let root = try root(["a/b": [1], "a/c": [2], "d": [3]])
        let reader = TreeReader(objects)
        try await withTemporaryFolder { folder in
            let checkout = Checkout(objects)
            try checkout.write(reader.existingNode(at: filePath("a/b"), in: root.id), at: filePath("x/y/b"), below: folder, mode: 0o555)
            try checkout.write(reader.existingNode(at: filePath("a"), in: root.id), at: filePath("x"), below: folder)
            try checkout.write(reader.existingNode(at: filePath("d"), in: root.id), at: filePath("x/d"), below: folder)
            #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == ["x", "x/b", "x/c", "x/d", "x/y", "x/y/b"])
            #expect(try mode("\(folder)/x/y/b") == 0o555)
            #expect(failure { try checkout.write(root, at: filePath("x"), below: folder + "/none") } == .notFound)
            #expect(
                failure {
                    try checkout.write(reader.existingNode(at: filePath("d"), in: root.id), at: filePath("x/d"), below: folder)
                } == .alreadyExists)
        }
    }

    @Test("no link is followed, and nothing is overwritten")
    func links() async throws {
        let root = try root(["out/secret": [1], "file": [2]])
        try await withTemporaryFolder { folder in
            let manager = FileManager.default
            try manager.createDirectory(atPath: "\(folder)/elsewhere", withIntermediateDirectories: true)
            try manager.createDirectory(atPath: "\(folder)/target", withIntermediateDirectories: true)
            try manager.createSymbolicLink(atPath: "\(folder)/target/out", withDestinationPath: "\(folder)/elsewhere")
            #expect(failure { try Checkout(objects).write(root, at: .root, below: folder + "/target") } != nil)
            #expect(try manager.contentsOfDirectory(atPath: "\(folder)/elsewhere") == [])
            try manager.removeItem(atPath: "\(folder)/target/out")
            try? manager.removeItem(atPath: "\(folder)/target/file")
            try manager.createSymbolicLink(atPath: "\(folder)/target/file", withDestinationPath: "\(folder)/elsewhere/file")
            #expect(failure { try Checkout(objects).write(root, at: .root, below: folder + "/target") } == .alreadyExists)
            #expect(try manager.contentsOfDirectory(atPath: "\(folder)/elsewhere") == [])
            try manager.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "\(folder)/elsewhere")
            #expect(failure { try Checkout(objects).write(root, at: .root, below: folder + "/link") } != nil)
        }
    }

    @Test("a placement can put files by other means")
    func placement() async throws {
        let root = try root(["a": [1], "b": [2, 2]])
        let b = try TreeReader(objects).existingNode(at: filePath("b"), in: root.id)
        try await withTemporaryFolder { folder in
            let checkout = Checkout(objects) { node, directory, name in
                guard node == b else { return nil }
                return symlinkat("a", directory, name) == 0 ? 2 : nil
            }
            let count = try checkout.write(root, at: .root, below: folder)
            #expect(count == 3)
            #expect(try Array(Data(contentsOf: URL(filePath: "\(folder)/b"))) == [1])
        }
    }
}
