package import Model

/// A file or folder in an archive, as its header tells it.
package struct TarEntry: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case file
        case folder
    }

    package var path: FilePath
    package var kind: Kind
    package var sizeBytes: Int64
    package var isExecutable: Bool
    /// The next entry holds more of the same file.
    ///
    /// It is how a file of unknown size is archived, since a header tells the size beforehand. Other programs see one file per part.
    package var isContinued: Bool

    package init(path: FilePath, kind: Kind = .file, sizeBytes: Int64, isExecutable: Bool = false, isContinued: Bool = false) {
        self.path = path
        self.kind = kind
        self.sizeBytes = sizeBytes
        self.isExecutable = isExecutable
        self.isContinued = isContinued
    }
}

/// The layout of a header block (POSIX.1-2017, pax, "ustar Interchange Format").
enum TarFormat {
    static let blockByteCount = 512
    static let name = 0..<100
    static let mode = 100..<108
    static let userID = 108..<116
    static let groupID = 116..<124
    static let size = 124..<136
    static let modified = 136..<148
    static let checksum = 148..<156
    static let type = 156
    static let magic = 257..<263
    static let version = 263..<265
    static let prefix = 345..<500

    /// Eleven octal digits; a larger size goes into a pax record.
    static let sizeMax: Int64 = 0o77_777_777_777
    /// Of an extended header or a GNU long name. A path has at most 4095 bytes; the rest is room for attributes, which are dropped.
    static let extensionByteCountMax = 1024 * 1024
    /// The pax keyword for `TarEntry.isContinued`; POSIX keeps upper-case vendor prefixes for such use.
    static let continuedKeyword = "PACH.continued"
    /// When entries say they were modified: a fixed time (that of ZIP's epoch), so that equal files make equal archives.
    static let modifiedSeconds: Int64 = 315_532_800

    static func padding(after byteCount: Int64) -> Int {
        Int((Int64(blockByteCount) - byteCount % Int64(blockByteCount)) % Int64(blockByteCount))
    }

    /// The sum of all bytes, those of the checksum's own field counted as spaces.
    static func checksum(of block: some Collection<UInt8>) -> Int {
        block.enumerated().reduce(0) { sum, byte in
            sum + Int(checksum.contains(byte.offset) ? UInt8(ascii: " ") : byte.element)
        }
    }
}
