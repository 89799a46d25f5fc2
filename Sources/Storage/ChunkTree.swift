import Files
import Glibc
import Model

/// One entry in a group of a chunk tree: a chunk, or a whole group of the level below.
struct ChunkEntry: Hashable, Sendable {
    var id: ObjectID
    /// Bytes of the file below it.
    var size: Int
    /// Whether it is a group rather than a chunk.
    var isGroup: Bool
}

/// The form of a large file: chunks in groups, groups in groups, up to one, the root.
///
/// A group is a Git tree. An entry's name is 16 hexadecimal digits: four for its index in the group, twelve for the bytes below
/// it. So the names sort as the file reads, a reader finds an offset without opening what is before it, and the root alone
/// tells the file's size. The root also holds the attributes.
enum ChunkTree {
    /// A group has at least this many entries, unless the level ends, ...
    static let groupCountMin = 16
    /// ... and at most this many.
    static let groupCountMax = 256
    /// Between the two it ends behind an entry whose id's last bits, as many as here, are all zero.
    static let groupEndMask: UInt32 = 63

    static let nameLength = 16

    /// A tree has at most this many levels of groups: 2^48 bytes in chunks of 64 KiB, 16 to a group, need eight.
    static let levelCountMax = 12

    /// Whether a group of `count` entries ends behind `last`, its last. It depends on the content alone (invariant 9).
    static func groupEnds(behind last: ObjectID, count: Int) -> Bool {
        count >= groupCountMax || count >= groupCountMin && last.lowWord & groupEndMask == 0
    }

    /// A group's bytes.
    static func encode(_ entries: [ChunkEntry], isRoot: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity((entries.count + 1) * 44)
        if isRoot {
            TreeBytes.append(kind: .file, storedName: StorageFormat.attributesName, id: StorageFormat.attributesID, to: &bytes)
        }
        for (index, entry) in entries.enumerated() {
            let name = hexadecimal(index, digits: 4) + hexadecimal(entry.size, digits: 12)
            TreeBytes.append(kind: entry.isGroup ? .folder : .file, storedName: name, id: entry.id, to: &bytes)
        }
        return bytes
    }

    /// The entries of a group.
    /// - Throws: `corrupt` where it is not of the form that `encode` writes.
    static func decode(_ bytes: [UInt8], isRoot: Bool) throws(PachError) -> [ChunkEntry] {
        try bytes.withBytes { (tree) throws(PachError) in
            var entries: [ChunkEntry] = []
            var cursor = TreeCursor(tree)
            var hasAttributes = false
            while let raw = try cursor.next() {
                if raw.start == 0, Tree.isAttributes(raw, in: tree) {
                    hasAttributes = true
                    continue
                }
                let name = raw.name(in: tree)
                guard name.count == nameLength, let index = parse(name.slice(0..<4)), let size = parse(name.slice(4..<nameLength)),
                    index == entries.count, size > 0, entries.first.map({ $0.isGroup == raw.isTree }) ?? true
                else { throw malformed(String(decoding: name, as: UTF8.self)) }
                entries.append(ChunkEntry(id: raw.id(in: tree), size: size, isGroup: raw.isTree))
            }
            guard hasAttributes == isRoot, !entries.isEmpty, entries.count <= groupCountMax else { throw malformed(nil) }
            return entries
        }
    }

    /// The entries of the group `id`, as many levels below the root as `depth` says.
    static func read(_ id: ObjectID, depth: Int, from reader: any ObjectReader) throws(PachError) -> [ChunkEntry] {
        let object = try reader.read(id)
        guard object.kind == .tree else {
            throw PachError(.corrupt, "object \(id) is a \(object.kind.word), where a tree of chunks should be")
        }
        guard depth < levelCountMax else { throw PachError(.corrupt, "tree \(id) is too deep in a tree of chunks") }
        do {
            return try decode(object.bytes, isRoot: depth == 0)
        } catch {
            throw PachError(.corrupt, "tree \(id) is not a tree of chunks", cause: error.description)
        }
    }

    private static func malformed(_ name: String?) -> PachError {
        PachError(.corrupt, name.map { "the entry \(quoted($0)) does not belong in a tree of chunks" } ?? "its entries are not complete")
    }

    private static func hexadecimal(_ number: Int, digits: Int) -> [UInt8] {
        (0..<digits).reversed().map { digit in
            let nibble = UInt8(truncatingIfNeeded: number >> (4 * digit)) & 15
            return nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
        }
    }

    private static func parse(_ digits: UnsafeRawBufferPointer) -> Int? {
        var number = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | Int(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | Int(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }
}
