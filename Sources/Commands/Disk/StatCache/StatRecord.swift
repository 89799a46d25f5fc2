import Foundation
import Model

/// One name in a folder: what the disk says of it, and what content a repo had for it when that was so. 64 bytes, in memory as in a
/// `StatCache`.
struct StatRecord: Sendable {
    private enum Kind {
        static let unknown: UInt32 = 0
        static let known: UInt32 = 1
        static let folder: UInt32 = 2
        static let knownFolder: UInt32 = 3
    }

    /// Bytes of a file; of a folder, where it stands among the folders of the scan or cache.
    private(set) var size: UInt64
    /// Nanoseconds since 1970.
    private var modified: UInt64 = 0
    private var changed: UInt64 = 0
    private var number: UInt64 = 0
    private(set) var device: UInt64 = 0
    private var id: (UInt64, UInt64, UInt32) = (0, 0, 0)
    private var kind: UInt32

    /// A file whose content is not known.
    init(_ status: stat) {
        size = UInt64(bitPattern: Int64(status.st_size))
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
        number = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
        kind = Kind.unknown
    }

    init(folder index: Int) {
        size = UInt64(index)
        kind = Kind.folder
    }

    var isFolder: Bool { kind == Kind.folder || kind == Kind.knownFolder }

    /// Where a folder stands among those of the scan or cache; nil for a file.
    var folderIndex: Int? { isFolder ? Int(exactly: size) : nil }

    /// The id of a file's content, where it is known; of a folder, that of one in a repo that had all that is in this one.
    var contentID: ObjectID? {
        get {
            guard kind == Kind.known || kind == Kind.knownFolder else { return nil }
            return withUnsafeBytes(of: id) { ObjectID(UnsafeRawBufferPointer(rebasing: $0.prefix(ObjectID.byteCount))) }
        }
        set {
            kind = isFolder ? (newValue == nil ? Kind.folder : Kind.knownFolder) : (newValue == nil ? Kind.unknown : Kind.known)
            id = (0, 0, 0)
            guard let newValue else { return }
            withUnsafeMutableBytes(of: &id) { $0.copyBytes(from: newValue.bytes) }
        }
    }

    /// Takes over what `earlier` knows of the content, where the disk says the same now as it did then: a file that is written to gets a
    /// new time of change, which no program can set (inode(7)).
    mutating func learn(from earlier: StatRecord) {
        guard earlier.kind == Kind.known, kind == Kind.unknown, size == earlier.size, modified == earlier.modified,
            changed == earlier.changed, number == earlier.number, device == earlier.device
        else { return }
        id = earlier.id
        kind = Kind.known
    }

    /// Whether a change to the file after `instant`, in nanoseconds since 1970, would give it another time of change.
    ///
    /// Times are those of the kernel's last tick, which comes at least every 10 ms; file systems that keep whole seconds show none
    /// smaller.
    func showsChanges(after instant: UInt64) -> Bool {
        changed &+ (changed % 1_000_000_000 == 0 ? 2_000_000_000 : 20_000_000) < instant
    }

    private static func nanoseconds(_ time: timespec) -> UInt64 {
        UInt64(bitPattern: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
    }
}
