import Model
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite struct FileReaderTests {
    /// Counts what is read.
    private final class Counter: ObjectReader {
        let objects: InMemoryStore
        let reads = Mutex(0)

        init(_ objects: InMemoryStore) { self.objects = objects }

        func read(_ id: ObjectID) throws(PachError) -> StoredObject {
            reads.withLock { $0 += 1 }
            return try objects.read(id)
        }
        func header(of id: ObjectID) throws(PachError) -> ObjectHeader { try objects.header(of: id) }
        func contains(_ id: ObjectID) throws(PachError) -> Bool { try objects.contains(id) }
    }

    @Test("any range of any file is what was written there", arguments: [0, 1, 900_000, 9_000_000])
    func ranges(size: Int) throws {
        var generator = SplitMix(seed: 11)
        let objects = InMemoryStore()
        let bytes = generator.noise(size)
        let file = try store(bytes, in: objects)
        for _ in 0..<20 {
            let ends = [Int.random(in: 0...size, using: &generator), Int.random(in: 0...size + 10, using: &generator)].sorted()
            let expected = Array(bytes[min(ends[0], size)..<min(ends[1], size)])
            #expect(try FileReader(objects).bytes(file, range: ends[0]..<ends[1]) == expected, "\(ends)")
        }
        #expect(try FileReader(objects).bytes(file, range: size + 5..<size + 9) == [])
        var whole: [UInt8] = []
        try FileReader(objects).read(file.node) { piece in
            #expect(piece.count <= 1 << 20)
            whole += piece
        }
        #expect(whole == bytes)
    }

    @Test("a range opens only what holds it")
    func seeks() throws {
        var generator = SplitMix(seed: 12)
        let objects = InMemoryStore()
        let file = try store(generator.noise(12_000_000), in: objects)
        let counter = Counter(objects)
        _ = try FileReader(counter).bytes(file, range: 7_000_000..<7_000_001)
        #expect(counter.reads.withLock { $0 } <= 4)
    }

    @Test("a chunk of another size than its name says is corrupt")
    func lies() throws {
        let objects = InMemoryStore()
        let chunk = try objects.write(.blob, [1, 2, 3])
        let root = try objects.write(
            .tree,
            ChunkTree.encode(
                [ChunkEntry(id: chunk, size: 4, isGroup: false), ChunkEntry(id: chunk, size: 3, isGroup: false)], isRoot: true))
        #expect(failure { try FileReader(objects).read(TreeNode(kind: .chunkedFile, id: root)) { _ in } } == .corrupt)
        let group = try objects.write(.tree, ChunkTree.encode([ChunkEntry(id: chunk, size: 3, isGroup: false)], isRoot: false))
        let other = try objects.write(.tree, ChunkTree.encode([ChunkEntry(id: group, size: 9, isGroup: true)], isRoot: true))
        #expect(failure { try FileReader(objects).read(TreeNode(kind: .chunkedFile, id: other)) { _ in } } == .corrupt)
    }

    @Test("a folder is not a file")
    func folders() throws {
        let objects = InMemoryStore()
        let folder = TreeNode(kind: .folder, id: try StorageFormat.writeEmptyRoot(to: objects))
        #expect(failure { _ = try FileReader(objects).file(folder) } == .invalidArgument)
        #expect(failure { try FileReader(objects).read(folder) { _ in } } == .invalidArgument)
        #expect(failure { _ = try FileReader(objects).file(TreeNode(kind: .file, id: folder.id)) } == .corrupt)
    }
}
