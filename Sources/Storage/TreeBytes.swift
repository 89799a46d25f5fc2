import Files
import Glibc
import Model

/// The bytes of a Git tree, in the raw: `<mode> <name>\0<20 bytes of id>`, again and again, in Git's order.
///
/// Folders of a hundred thousand entries are compared and edited as bytes; only what differs becomes values.
enum TreeBytes {
    static let fileMode = Array("100644 ".utf8)
    static let folderMode = Array("40000 ".utf8)

    /// One entry's bytes.
    static func entry(kind: TreeNode.Kind, storedName: [UInt8], id: ObjectID) -> [UInt8] {
        var bytes: [UInt8] = []
        append(kind: kind, storedName: storedName, id: id, to: &bytes)
        return bytes
    }

    static func append(kind: TreeNode.Kind, storedName: some Sequence<UInt8>, id: ObjectID, to bytes: inout [UInt8]) {
        bytes += kind == .file ? fileMode : folderMode
        bytes += storedName
        bytes.append(0)
        id.append(to: &bytes)
    }
}

/// Where an entry and its parts stand in a tree's bytes.
struct RawTreeEntry {
    var start: Int
    var isTree: Bool

    /// From its mode to the end of its id.
    var end: Int

    var range: Range<Int> { start..<end }
    var nameRange: Range<Int> { start + (isTree ? TreeBytes.folderMode.count : TreeBytes.fileMode.count)..<end - ObjectID.byteCount - 1 }
    var idRange: Range<Int> { end - ObjectID.byteCount..<end }

    @inline(__always)
    func name(in tree: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer { tree.slice(nameRange) }

    @inline(__always)
    func id(in tree: UnsafeRawBufferPointer) -> ObjectID { ObjectID(tree.slice(idRange)) }

    /// The order of entries in a tree: by name, folders as if their names ended in `/` (Git's `tree.c: base_name_compare`).
    @inline(__always)
    static func compare(_ left: UnsafeRawBufferPointer, isTree leftIsTree: Bool, _ right: UnsafeRawBufferPointer, isTree rightIsTree: Bool)
        -> Int
    {
        let shared = min(left.count, right.count)
        if let leftBase = left.baseAddress, let rightBase = right.baseAddress {
            let order = memcmp(leftBase, rightBase, shared)
            if order != 0 { return Int(order) }
        }
        return Int(follower(of: left, at: shared, leftIsTree)) - Int(follower(of: right, at: shared, rightIsTree))
    }

    /// The byte at `index`, where the name may have ended just before.
    @inline(__always)
    private static func follower(of name: UnsafeRawBufferPointer, at index: Int, _ isTree: Bool) -> UInt8 {
        index < name.count ? name[index] : isTree ? UInt8(ascii: "/") : 0
    }
}

/// Steps through a tree's entries. Safe on any bytes: what is not an entry of a form that pach writes throws `corrupt`.
/// Order and names are not checked here; `Tree.validate` does that.
struct TreeCursor {
    let bytes: UnsafeRawBufferPointer
    var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The entry at the cursor, which moves behind it; nil at the end.
    @inline(__always)
    mutating func next() throws(PachError) -> RawTreeEntry? {
        guard let entry = try peek() else { return nil }
        offset = entry.end
        return entry
    }

    /// The entry at the cursor; nil at the end.
    @inline(__always)
    func peek() throws(PachError) -> RawTreeEntry? {
        let left = bytes.count - offset
        guard left > 0, let base = bytes.baseAddress else { return nil }
        // The shortest entry has the mode `40000`, a name of one byte, and an id.
        guard left >= 28 else { throw malformed() }
        let start = base + offset
        let isTree: Bool
        if memcmp(start, "100644 ", 7) == 0 {
            isTree = false
        } else if memcmp(start, "40000 ", 6) == 0 {
            isTree = true
        } else {
            throw malformed()
        }
        let name = start + (isTree ? 6 : 7)
        guard let terminator = memchr(name, 0, left - (isTree ? 6 : 7)) else { throw malformed() }
        let end = UnsafeRawPointer(terminator) - base + 1 + ObjectID.byteCount
        guard end <= bytes.count, UnsafeRawPointer(terminator) > name else { throw malformed() }
        return RawTreeEntry(start: offset, isTree: isTree, end: end)
    }

    @inline(never)
    private func malformed() -> PachError {
        let mode = bytes.slice(offset..<min(bytes.count, offset + 7)).prefix { $0 != UInt8(ascii: " ") }
        let known = ["100755": "an executable file", "120000": "a symbolic link", "160000": "a submodule"]
        let cause = known[String(decoding: mode, as: UTF8.self)].map { "it is \($0)" } ?? "it is not a file or folder that pach wrote"
        return PachError(.corrupt, "a tree is not as pach writes it at byte \(offset)", cause: cause)
    }
}
