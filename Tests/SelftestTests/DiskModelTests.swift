import Testing

@testable import Selftest

@Suite("What a disk may hold after a power cut")
struct DiskModelTests {
    private func operation(
        _ kind: FileOperation.Kind, _ path: String, to other: String = "", inode: UInt64 = 0, offset: Int = 0, _ data: [UInt8] = [],
        created: Bool = false
    ) -> FileOperation {
        FileOperation(
            kind: kind, number: 0, path: path, otherPath: other, inode: inode, offset: offset, data: data, error: 0, createdFile: created,
            emptiedFile: false, wasInjected: false, mayChange: true)
    }

    private func model(_ operations: [FileOperation], on tree: FileTree = FileTree()) throws -> DiskModel {
        var model = DiskModel(tree)
        for operation in operations { try model.apply(operation) }
        return model
    }

    /// `folder/new` is written, synced and renamed to `folder/file`.
    private var replacement: [FileOperation] {
        [
            operation(.open, "folder/new", inode: 7, created: true), operation(.write, "folder/new", inode: 7, [1, 2, 3]),
            operation(.sync, "folder/new", inode: 7), operation(.rename, "folder/new", to: "folder/file", inode: 7),
        ]
    }

    private var before: FileTree {
        var tree = FileTree()
        tree.folders = ["folder"]
        tree.files = ["folder/file": [0]]
        return tree
    }

    @Test("a rename is there or not, until its folder is synced; then it is there")
    func rename() throws {
        var model = try model(replacement, on: before)
        #expect(model.state(.synced) == before)
        var after = before
        after.files["folder/file"] = [1, 2, 3]
        #expect(model.state(.everything) == after)
        try model.apply(operation(.sync, "folder"))
        #expect(model.state(.synced) == after)
    }

    @Test("a rename before the sync of the file may come without its bytes")
    func renameTooEarly() throws {
        let operations = replacement
        let model = try model([operations[0], operations[1], operations[3]], on: before)
        #expect(model.state(.namesAlone).files == ["folder/file": []])
        #expect(model.state(.dataAlone) == before)
    }

    @Test("a folder that was not synced into its parent takes all that is in it along")
    func lostFolder() throws {
        let operations = [
            operation(.makeFolder, "a", inode: 1), operation(.open, "a/b", inode: 2, created: true),
            operation(.write, "a/b", inode: 2, [9]),
            operation(.sync, "a/b", inode: 2), operation(.sync, "a", inode: 1),
        ]
        #expect(try model(operations).state(.synced) == FileTree())
        var tree = FileTree()
        tree.folders = ["a"]
        tree.files = ["a/b": [9]]
        #expect(try model(operations + [operation(.sync, "")]).state(.synced) == tree)
    }

    @Test("a write to a file that lost its name goes nowhere")
    func unlinked() throws {
        let operations = [
            operation(.unlink, "folder/file", inode: 5), operation(.write, "folder/file (deleted)", inode: 5, [4]),
        ]
        var model = DiskModel(before)
        // The file was opened, and so is known by its inode, before it went.
        try model.apply(operation(.write, "folder/file", inode: 5, [3]))
        for operation in operations { try model.apply(operation) }
        #expect(model.state(.everything).files == [:])
    }

    @Test("what is torn is made of whole sectors, and equal seeds give equal states")
    func tearing() throws {
        let model = try model([operation(.write, "folder/file", offset: 1, [UInt8](repeating: 1, count: 3000))], on: before)
        var isTorn = false
        for seed in 0..<200 as Range<UInt64> {
            let state = model.state(.random(seed))
            #expect(state == model.state(.random(seed)))
            let bytes = try #require(state.files["folder/file"])
            for sector in stride(from: 512, to: bytes.count, by: 512) {
                #expect(Set(bytes[sector..<min(sector + 512, bytes.count)]).count == 1)
            }
            if Set(bytes.dropFirst()).count == 2 { isTorn = true }
        }
        #expect(isTorn)
    }
}
