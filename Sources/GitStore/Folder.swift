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
        let stream = try Stream(path)
        return try stream.names().map { String(decoding: $0, as: UTF8.self) }
    }

    /// The files below a folder, at any depth: their paths relative to it, sorted. Links are followed; one that leads nowhere is no file.
    /// - Throws: where any part of it cannot be listed, since what is missing from a list counts as gone.
    package static func files(below folder: String) throws(PachError) -> [String] {
        var files: [String] = []
        var folders = [folder]
        while let parent = folders.popLast() {
            for name in try names(in: parent) {
                let path = "\(parent)/\(name)"
                guard let status = try status(of: path) else { continue }
                if status.isFolder {
                    folders.append(path)
                } else {
                    files.append(String(Substring(path.utf8.dropFirst(folder.utf8.count + 1))))
                }
            }
        }
        return files.sorted()
    }

    /// An open folder.
    private struct Stream: ~Copyable {
        private let path: String
        let pointer: OpaquePointer

        init(_ path: String) throws(PachError) {
            guard let pointer = opendir(path) else { throw SystemError.error(errno, "list \(quoted(path))") }
            self.path = path
            self.pointer = pointer
        }

        deinit { closedir(pointer) }

        /// The names in it as bytes, without `.` and `..`.
        func names() throws(PachError) -> [[UInt8]] {
            var names: [[UInt8]] = []
            while true {
                // readdir(3): at the end errno is as before, on failure it is not.
                errno = 0
                guard let entry = readdir(pointer) else {
                    guard errno == 0 else { throw SystemError.error(errno, "list \(quoted(path))") }
                    return names
                }
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in Array(bytes.prefix { $0 != 0 }) }
                if !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) { names.append(name) }
            }
        }
    }

    /// Renames what a folder has whose name is no UTF-8: each byte that is not ASCII, and `%`, becomes `%` and two hexadecimal digits.
    static func encodeNames(in path: String) throws(PachError) {
        let stream = try Stream(path)
        for name in try stream.names() where String(validating: name, as: UTF8.self) == nil {
            let digits = Array("0123456789ABCDEF".utf8)
            let encoded = name.flatMap { byte in
                byte < 0x80 && byte != UInt8(ascii: "%") ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
            let text = String(decoding: encoded, as: UTF8.self)
            let old = name.map { CChar(bitPattern: $0) } + [0]
            guard renameat(dirfd(stream.pointer), old, dirfd(stream.pointer), text) == 0 else {
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
    package static func removeFile(_ path: String) throws(PachError) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw SystemError.error(errno, "remove \(quoted(path))")
        }
    }

    /// Removes a folder and all below it; links are removed, not followed.
    package static func removeTree(_ path: String) throws(PachError) {
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
    package static func status(of path: String, followingLinks: Bool = true) throws(PachError) -> FileStatus? {
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
package struct FileStatus: Sendable, Equatable {
    package var byteCount: Int
    package var isFolder: Bool
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
