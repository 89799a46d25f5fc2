package import Glibc

/// What the disk says of a name.
package struct FileStatus: Sendable, Equatable {
    package enum Kind: Sendable {
        case file
        case folder
        /// A link, where it was not followed.
        case link
        /// A pipe, socket or device.
        case special
    }

    /// What a file or folder is, whatever name led to it.
    package struct Identity: Sendable, Hashable {
        package let device: UInt64
        package let number: UInt64
    }

    package let kind: Kind
    package let byteCount: Int
    /// Whether its owner may run it.
    package let isExecutable: Bool
    /// The user's number.
    package let owner: UInt32
    package let identity: Identity
    package let modified: FileTime

    package init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .special
            }
        byteCount = Int(status.st_size)
        isExecutable = status.st_mode & S_IXUSR != 0
        owner = status.st_uid
        identity = Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
        modified = FileTime(status.st_mtim)
    }

    package var isFolder: Bool { kind == .folder }
}

/// A time as file systems keep it. They take any that a program sets: what lies before 1677 or after 2262 counts as the first or last that is
/// kept here.
package struct FileTime: Sendable, Comparable {
    /// Since 1970.
    package let nanoseconds: Int64

    package init(_ time: timespec) {
        let seconds = Int64(time.tv_sec)
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = whole.addingReportingOverflow(Int64(time.tv_nsec))
        nanoseconds = overflow || carry ? (seconds < 0 ? .min : .max) : sum
    }

    package static func now() -> FileTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return FileTime(time)
    }

    package func seconds(since earlier: FileTime) -> Double {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return Double(overflow ? (nanoseconds < earlier.nanoseconds ? .min : .max) : difference) / 1e9
    }

    package static func < (left: FileTime, right: FileTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
