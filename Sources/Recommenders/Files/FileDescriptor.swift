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
    private let isOurs: Bool

    /// What a file is opened for.
    enum Purpose {
        case reading
        /// The file is made; it must not be there yet.
        case writing
        /// What is there takes more at its end.
        case appending
    }

    /// - Throws: `.io` when the file cannot be opened.
    init(_ path: String, for purpose: Purpose) throws(RecommenderError) {
        self.path = path
        isOurs = true
        switch purpose {
        case .reading: number = open(path, O_RDONLY | O_CLOEXEC)
        case .writing: number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        case .appending: number = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        }
        guard number >= 0 else { throw .system(purpose == .reading ? "open" : "write", path) }
    }

    private init(standard number: Int32, named name: String) {
        self.number = number
        path = name
        isOurs = false
    }

    /// Standard output, which stays open.
    static var standardOutput: FileDescriptor { FileDescriptor(standard: STDOUT_FILENO, named: "standard output") }

    deinit {
        if isOurs { _ = close(number) }
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
            written += try bytes.withUnsafeBufferPointer { (bytes) throws(RecommenderError) in
                try writeSome(UnsafeRawBufferPointer(bytes), from: written)
            }
        }
    }

    /// Writes all of `bytes`.
    ///
    /// - Throws: `.io` when writing fails; some may have been written.
    func writeAll(_ bytes: UnsafeRawBufferPointer) throws(RecommenderError) {
        var written = 0
        while written < bytes.count { written += try writeSome(bytes, from: written) }
    }

    private func writeSome(_ bytes: UnsafeRawBufferPointer, from start: Int) throws(RecommenderError) -> Int {
        while true {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            let count = write(number, rest.baseAddress, rest.count)
            if count >= 0 { return count }
            guard errno == EINTR else { throw .system("write", path) }
        }
    }

    /// The file's length in bytes.
    ///
    /// - Throws: `.io` when it is not an ordinary file.
    var size: Int {
        get throws(RecommenderError) {
            var status = stat()
            guard fstat(number, &status) == 0 else { throw .system("read", path) }
            guard status.st_mode & S_IFMT == S_IFREG else { throw RecommenderError(.io, "Could not read '\(path)': it is not a file") }
            return Int(status.st_size)
        }
    }

    /// Makes the first `count` bytes of the file, at least one, appear in memory, for reading.
    ///
    /// - Throws: `.io` when that fails.
    func map(count: Int) throws(RecommenderError) -> UnsafeMutableRawPointer {
        guard let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, number, 0), address != MAP_FAILED else {
            throw .system("read", path)
        }
        return address
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
