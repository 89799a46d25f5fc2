internal import Glibc
internal import Model

/// A Git tree that any program may have made: with executable files, links, submodules, and modes of old versions of Git (gitformat-tree, and
/// Git's `tree-walk.c: decode_tree_entry`). Of pach's own trees `Storage` asks more.
enum GitTree {
    private static let typeMask = 0o170000
    private static let folderType = 0o040000
    private static let submoduleType = 0o160000
    private static let modeDigitCountMax = 6

    /// What the tree refers to in its own repo; a submodule's commit is in another.
    /// - Throws: `corrupt`.
    static func children(of bytes: [UInt8]) throws(PachError) -> [(id: ObjectID, isTree: Bool)] {
        var children: [(id: ObjectID, isTree: Bool)] = []
        try bytes.span.bytes.withUnsafeBytes { (bytes) throws(PachError) in
            var offset = 0
            while offset < bytes.count {
                var type = 0
                var digitCount = 0
                while offset < bytes.count, case let digit = bytes[offset], digit != UInt8(ascii: " ") {
                    guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit), digitCount < modeDigitCountMax else {
                        throw damage(at: offset)
                    }
                    type = type << 3 | Int(digit - UInt8(ascii: "0"))
                    digitCount += 1
                    offset += 1
                }
                guard digitCount > 0, let rest = bytes.baseAddress?.advanced(by: offset),
                    let terminator = memchr(rest, 0, bytes.count - offset)
                else { throw damage(at: offset) }
                let start = offset + (UnsafeRawPointer(terminator) - rest) + 1
                offset = start + ObjectID.byteCount
                guard offset <= bytes.count else { throw damage(at: start) }
                type &= typeMask
                guard type != submoduleType else { continue }
                children.append((ObjectID(UnsafeRawBufferPointer(rebasing: bytes[start..<offset])), type == folderType))
            }
        }
        return children
    }

    private static func damage(at offset: Int) -> PachError {
        PachError(.corrupt, "a Git tree is not valid at byte \(offset)")
    }
}
