import Model
import TestSupport
import Testing

@testable import Storage

@Suite struct ChunkTreeTests {
    /// Takes anything and says that it is there.
    private final class Sink: ObjectWriter {
        func write(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws(PachError) -> ObjectID { ObjectHash.id(of: kind, bytes) }
    }

    private func chunks(_ count: Int, variety: Int, _ generator: inout SplitMix) -> [ObjectID] {
        (0..<count).map { _ in
            withUnsafeBytes(of: Int.random(in: 0..<variety, using: &generator)) { ObjectHash.id(of: .blob, $0) }
        }
    }

    @Test("a tree of many levels that is continued is the tree built at once (invariant 9)", arguments: seeds(4), [1, 2, 1_000_000])
    func resumes(seed: UInt64, variety: Int) throws {
        var generator = SplitMix(seed: seed)
        let ids = chunks(Int.random(in: 2...30_000, using: &generator), variety: variety, &generator)
        let objects = InMemoryStore()
        var whole = ChunkTreeBuilder(writer: Sink())
        for id in ids { try whole.append(id, size: 100_000) }
        let expected = try whole.finish()
        var root: ObjectID?
        var position = 0
        while position < ids.count {
            var builder = ChunkTreeBuilder(writer: objects)
            if let root {
                let last = try builder.resume(root, from: objects)
                #expect(last.id == ids[position - 1])
                try builder.append(last.id, size: last.size)
            }
            #expect(builder.size == position * 100_000)
            let end = min(ids.count, position + ([1, 15, 16, 17, 255, 256, 257, 5_000].randomElement(using: &generator) ?? 1))
            for id in ids[position..<end] { try builder.append(id, size: 100_000) }
            root = try builder.finish()
            position = end
        }
        #expect(root == expected, "seed \(seed), variety \(variety)")
    }

    @Test("groups have their sizes, all chunks their depth, names their order", arguments: seeds(2), [1, 1_000_000])
    func shape(seed: UInt64, variety: Int) throws {
        var generator = SplitMix(seed: seed)
        let ids = chunks(20_000, variety: variety, &generator)
        let objects = InMemoryStore()
        var builder = ChunkTreeBuilder(writer: objects)
        for id in ids { try builder.append(id, size: 70_000) }
        var level = [try ChunkTree.read(try builder.finish(), depth: 0, from: objects)]
        while level.allSatisfy({ $0.allSatisfy(\.isGroup) }) {
            for entry in level.joined() {
                let group = try ChunkTree.read(entry.id, depth: 1, from: objects)
                #expect(group.reduce(0) { $0 + $1.size } == entry.size)
            }
            let entries = level.joined()
            level = try entries.map { try ChunkTree.read($0.id, depth: 1, from: objects) }
            for group in level.dropLast() { #expect((16...256).contains(group.count)) }
            // No group could have ended sooner.
            for group in level {
                for count in 1..<group.count { #expect(!ChunkTree.groupEnds(behind: group[count - 1].id, count: count)) }
            }
        }
        #expect(level.joined().map(\.id) == ids)
        #expect(level.joined().allSatisfy { !$0.isGroup })
    }

    @Test("a root of one group is not wrapped in another")
    func exactGroup() throws {
        let objects = InMemoryStore()
        var builder = ChunkTreeBuilder(writer: objects)
        let id = ObjectHash.id(of: .blob, [])
        for _ in 0..<256 { try builder.append(id, size: 1) }
        let group = try ChunkTree.read(try builder.finish(), depth: 0, from: objects)
        #expect(group.count == 256 && !group[0].isGroup)
    }

    @Test("what is not a tree of chunks is corrupt")
    func rejects() throws {
        let id = ObjectHash.id(of: .blob, [])
        func group(_ names: String...) -> [UInt8] { names.flatMap { Array("100644 \($0)\0".utf8) + id.bytes } }
        #expect(try ChunkTree.decode(group("0000000000000001"), isRoot: false).count == 1)
        for bad in [
            group(), group("0001000000000001"), group("0000000000000000"), group("000000000000001"), group("00000000000000G1"),
            group("000000000000000A"), group("0000000000000001", "0002000000000001"),
            group("0000000000000001") + Array("40000 0001000000000001\0".utf8) + id.bytes,
        ] {
            #expect(failure { _ = try ChunkTree.decode(bad, isRoot: false) } == .corrupt)
        }
        #expect(failure { _ = try ChunkTree.decode(group("0000000000000001"), isRoot: true) } == .corrupt)
        let objects = InMemoryStore()
        #expect(failure { _ = try ChunkTree.read(objects.write(.blob, [UInt8]()), depth: 0, from: objects) } == .corrupt)
    }
}
