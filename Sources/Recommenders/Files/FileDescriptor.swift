#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An open file of the system; closed when it goes out of scope.
struct FileDescriptor: ~Copyable {
    private let number: Int32
    /// The file's path, for messages.
    let path: String

    /// What a file is opened for.
    enum Purpose {
        case reading
        /// The file is made; it must not be there yet.
        case writing
    }

    /// - Throws: `.io` when the file cannot be opened.
    init(_ path: String, for purpose: Purpose) throws(RecommenderError) {
        self.path = path
        switch purpose {
        case .reading: number = open(path, O_RDONLY | O_CLOEXEC)
        case .writing: number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        }
        guard number >= 0 else { throw .system(purpose == .reading ? "open" : "write", path) }
    }

    deinit {
        _ = close(number)
    }

    /// Reads what comes next into `buffer` from `start` on, and returns its length in bytes: as much as fits and is at hand, zero at
    /// the end.
    ///
    /// - Throws: `.io` when reading fails.
    func readSome(into buffer: inout [UInt8], from start: Int = 0) throws(RecommenderError) -> Int {
        while true {
            let count = buffer.withUnsafeMutableBytes { bytes in
                let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
                return read(number, rest.baseAddress, rest.count)
            }
            if count >= 0 { return count }
            guard errno == EINTR else { throw .system("read", path) }
        }
    }

    /// Writes all of `bytes`.
    ///
    /// - Throws: `.io` when writing fails; some may have been written.
    func writeAll(_ bytes: [UInt8]) throws(RecommenderError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                return write(number, rest.baseAddress, rest.count)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw .system("write", path)
            }
        }
    }

    /// Gives a file another name, in place of what had that name.
    ///
    /// - Throws: `.io` when that fails.
    static func move(_ path: String, to other: String) throws(RecommenderError) {
        guard rename(path, other) == 0 else { throw .system("write", other) }
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) {
        _ = unlink(path)
    }
}

extension RecommenderError {
    /// The failure that the last system call left in `errno`.
    fileprivate static func system(_ action: String, _ path: String) -> RecommenderError {
        RecommenderError(.io, "Could not \(action) '\(path)': \(String(cString: strerror(errno)))")
    }
}
