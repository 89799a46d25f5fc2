#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where the bytes of a file go that a user names.
enum OutputPlace: Equatable {
    /// The name of a file, or of none yet, that is replaced as a whole.
    case name(String)
    /// What takes bytes as they come and keeps its name: a pipe, a device, what a process has open, such as `/dev/stdout`.
    case stream(String)

    /// - Parameter path: Links are followed, since who makes one to a file means the file.
    init(_ path: String) {
        var status = stat()
        // A link that leads nowhere, or in a circle, is replaced.
        guard stat(path, &status) == 0 else {
            self = .name(path)
            return
        }
        guard [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else {
            self = .stream(path)
            return
        }
        var place = path
        while let target = Self.target(ofLink: place) {
            let folder = String(place[..<(place.lastIndex(of: "/").map(place.index(after:)) ?? place.startIndex)])
            // A link in /proc leads to what a process has open, not to a name (proc_pid_fd(5)).
            if Self.resolved(folder.isEmpty ? "." : folder)?.hasPrefix("/proc/") == true {
                self = .stream(path)
                return
            }
            place = target.hasPrefix("/") ? target : folder + target
        }
        self = .name(place)
    }

    /// What a link says; `nil` of anything else.
    private static func target(ofLink path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// A path without links, if it leads anywhere.
    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
