import Glibc
package import Model

/// An open folder, to be read name by name.
package struct FolderStream: ~Copyable {
    private let path: String
    private let pointer: OpaquePointer

    package init(_ path: String) throws(PachError) {
        guard let pointer = opendir(path) else { throw SystemError.error(errno, "list \(quoted(path))") }
        self.path = path
        self.pointer = pointer
    }

    /// - Parameters:
    ///   - descriptor: of a folder; it is closed with the stream, and also where this fails.
    ///   - path: what errors call the folder.
    package init(descriptor: Int32, path: String) throws(PachError) {
        guard let pointer = fdopendir(descriptor) else {
            let reason = errno
            close(descriptor)
            throw SystemError.error(reason, "list \(quoted(path))")
        }
        self.path = path
        self.pointer = pointer
    }

    deinit { closedir(pointer) }

    package var descriptor: Int32 { dirfd(pointer) }

    package func status() throws(PachError) -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemError.error(errno, "inspect \(quoted(path))") }
        return FileStatus(status)
    }

    /// Reads the rest of the folder.
    /// - Parameter body: is given each name but `.` and `..`, in no order: its bytes, without the NUL that follows them, for the call alone.
    package func forEachName(_ body: (UnsafeRawBufferPointer) throws(PachError) -> Void) throws(PachError) {
        while true {
            // readdir(3): at the end errno is as before, on failure it is not.
            errno = 0
            guard let entry = readdir(pointer) else {
                guard errno == 0 else { throw SystemError.error(errno, "list \(quoted(path))") }
                return
            }
            try withUnsafeBytes(of: &entry.pointee.d_name) { (field) throws(PachError) in
                let length = field.firstIndex(of: 0) ?? field.count
                let name = UnsafeRawBufferPointer(rebasing: field[..<length])
                if !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) { try body(name) }
            }
        }
    }

    /// The rest of the names.
    package func names() throws(PachError) -> [[UInt8]] {
        var names: [[UInt8]] = []
        try forEachName { (name) throws(PachError) in names.append(Array(name)) }
        return names
    }
}
