import Glibc
package import Model

/// What is done to folders and names on disk.
package enum Folder {
    static func create(_ path: String) throws(PachError) {
        guard mkdir(path, 0o755) == 0 else {
            throw SystemError.error(errno, "create the folder \(quoted(path))")
        }
    }

    /// The names in a folder, without `.` and `..`, in no order.
    package static func names(in path: String) throws(PachError) -> [String] {
        guard let stream = opendir(path) else {
            throw SystemError.error(errno, "list \(quoted(path))")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            // readdir(3): at the end errno is as before, on failure it is not.
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw SystemError.error(errno, "list \(quoted(path))") }
                return names
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    /// Renames what a folder has whose name is no UTF-8: each byte that is not ASCII, and `%`, becomes `%` and two hexadecimal digits.
    static func encodeNames(in path: String) throws(PachError) {
        guard let stream = opendir(path) else { throw SystemError.error(errno, "list \(quoted(path))") }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in Array(bytes.prefix { $0 != 0 }) }
            if String(validating: name, as: UTF8.self) == nil { names.append(name) }
        }
        for name in names {
            let digits = Array("0123456789ABCDEF".utf8)
            let encoded = name.flatMap { byte in
                byte < 0x80 && byte != UInt8(ascii: "%") ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
            let text = String(decoding: encoded, as: UTF8.self)
            let old = name.map { CChar(bitPattern: $0) } + [0]
            guard renameat(dirfd(stream), old, dirfd(stream), text) == 0 else {
                throw SystemError.error(errno, "rename \(quoted(text)) in \(quoted(path))")
            }
        }
    }

    /// Makes names in a folder durable: those that came, those that changed, those that went.
    static func sync(_ path: String, calls: FileCalls = FileCalls()) throws(PachError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw SystemError.error(errno, "open the folder \(quoted(path))")
        }
        defer { close(descriptor) }
        guard calls.sync(descriptor) == 0 else {
            throw calls.syncFailure("the folder \(quoted(path))")
        }
    }

    static func rename(_ old: String, to new: String, calls: FileCalls = FileCalls()) throws(PachError) {
        guard calls.rename(old, new) == 0 else {
            throw SystemError.error(errno, "rename \(quoted(old)) to \(quoted(new))")
        }
    }

    /// Removes a file; one that is gone already is as good.
    static func removeFile(_ path: String) throws(PachError) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw SystemError.error(errno, "remove \(quoted(path))")
        }
    }

    /// Removes a folder and all below it; links are removed, not followed.
    static func removeTree(_ path: String) throws(PachError) {
        for name in try names(in: path) {
            let child = "\(path)/\(name)"
            if try status(of: child, followingLinks: false)?.isFolder == true {
                try removeTree(child)
            } else {
                try removeFile(child)
            }
        }
        guard rmdir(path) == 0 || errno == ENOENT else {
            throw SystemError.error(errno, "remove the folder \(quoted(path))")
        }
    }

    /// What is known of a file; nil where there is none.
    static func status(of path: String, followingLinks: Bool = true) throws(PachError) -> FileStatus? {
        var status = stat()
        guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemError.error(errno, "inspect \(quoted(path))")
        }
        return FileStatus(
            byteCount: Int(status.st_size), isFolder: status.st_mode & S_IFMT == S_IFDIR,
            modified: FileTime(status.st_mtim))
    }
}

/// Size, sort and age of a file.
struct FileStatus: Sendable, Equatable {
    var byteCount: Int
    var isFolder: Bool
    var modified: FileTime
}

/// A time as file systems keep it.
struct FileTime: Sendable, Comparable {
    var nanoseconds: Int64

    init(_ time: timespec) {
        nanoseconds = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    static func now() -> FileTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return FileTime(time)
    }

    func seconds(since earlier: FileTime) -> Double {
        Double(nanoseconds - earlier.nanoseconds) / 1e9
    }

    static func < (left: FileTime, right: FileTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
