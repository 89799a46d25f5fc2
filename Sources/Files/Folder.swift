import Glibc
package import Model

/// What is done to folders and names on disk.
package enum Folder {
    package static func create(_ path: String) throws(PachError) {
        guard mkdir(path, 0o755) == 0 else {
            throw SystemError.error(errno, "create the folder \(quoted(path))")
        }
    }

    /// Whether `path` is `folder` or lies within it. Both absolute and without links, and told apart as the system does it, by their bytes.
    package static func contains(_ folder: String, _ path: String) -> Bool {
        let above = folder == "/" ? "" : folder
        return path.utf8.elementsEqual(folder.utf8) || path.utf8.starts(with: "\(above)/".utf8)
    }

    /// The folder that the last name of a path lies in: `/` for `/a`, `.` for `a`. By bytes: a name may begin with a combining mark.
    package static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes a folder, and those above it that are missing; one that is there is as good.
    package static func createAll(_ path: String) throws(PachError) {
        if mkdir(path, 0o755) == 0 { return }
        var reason = errno
        let above = parent(of: path)
        if reason == ENOENT, above != "/", above != "." {
            try createAll(above)
            if mkdir(path, 0o755) == 0 { return }
            reason = errno
        }
        if reason == EEXIST, try status(of: path)?.isFolder == true { return }
        throw SystemError.error(reason, "create the folder \(quoted(path))")
    }

    /// The names in a folder, without `.` and `..`, in no order.
    package static func names(in path: String) throws(PachError) -> [String] {
        var names: [String] = []
        try FolderStream(path).forEachName { (name) throws(PachError) in names.append(String(decoding: name, as: UTF8.self)) }
        return names
    }

    /// As above; none of a folder that is gone.
    private static func namesThere(in path: String) throws(PachError) -> [String] {
        do throws(PachError) {
            return try names(in: path)
        } catch {
            guard error.code == .notFound else { throw error }
            return []
        }
    }

    /// The files below a folder, at any depth: their paths relative to it, sorted. Links are followed; one that leads nowhere, or to a folder
    /// that it is in, is no file, and nor are pipes, sockets and devices. What goes meanwhile may be among them or not.
    /// - Throws: where any part of it cannot be listed, since what is missing from a list counts as gone.
    package static func files(below folder: String) throws(PachError) -> [String] {
        var files: [String] = []
        var folders = [(path: folder, within: [try status(of: folder)?.identity])]
        while let (parent, within) = folders.popLast() {
            for name in try parent == folder ? names(in: parent) : namesThere(in: parent) {
                let path = "\(parent)/\(name)"
                guard let status = try status(of: path) else { continue }
                switch status.kind {
                case .folder: if !within.contains(status.identity) { folders.append((path, within + [status.identity])) }
                case .file: files.append(String(Substring(path.utf8.dropFirst(folder.utf8.count + 1))))
                case .special, .link: continue
                }
            }
        }
        return files.sorted()
    }

    /// What the names of files and folders begin with that are not whole yet, or are going: hidden, so that nobody takes one for what it will be.
    package static let temporaryPrefix = ".tmp_pach_"

    /// A name that nobody has.
    package static func temporaryName(_ prefix: String = temporaryPrefix) -> String {
        prefix + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    /// Renames what a folder has whose name is no UTF-8: each byte that is not ASCII, and `%`, becomes `%` and two hexadecimal digits.
    package static func encodeNames(in path: String) throws(PachError) {
        let stream = try FolderStream(path)
        for name in try stream.names() where String(validating: name, as: UTF8.self) == nil {
            let digits = Array("0123456789ABCDEF".utf8)
            let encoded = name.flatMap { byte in
                byte < 0x80 && byte != UInt8(ascii: "%") ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
            let text = String(decoding: encoded, as: UTF8.self)
            let old = name.map { CChar(bitPattern: $0) } + [0]
            guard renameat(stream.descriptor, old, stream.descriptor, text) == 0 else {
                throw SystemError.error(errno, "rename \(quoted(text)) in \(quoted(path))")
            }
        }
    }

    /// Makes names in a folder durable: those that came, those that changed, those that went.
    package static func sync(_ path: String, calls: FileCalls = FileCalls()) throws(PachError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw SystemError.error(errno, "open the folder \(quoted(path))")
        }
        defer { close(descriptor) }
        guard calls.sync(descriptor) == 0 else {
            throw calls.syncFailure("the folder \(quoted(path))")
        }
    }

    package static func rename(_ old: String, to new: String, calls: FileCalls = FileCalls()) throws(PachError) {
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

    /// Removes a folder and all below it, or what else is there; links are removed, not followed.
    package static func removeTree(_ path: String) throws(PachError) {
        guard try status(of: path, followingLinks: false)?.isFolder == true else { return try removeFile(path) }
        for name in try names(in: path) {
            try removeTree("\(path)/\(name)")
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
        return FileStatus(status)
    }
}
