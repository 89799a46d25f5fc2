internal import CGNU
package import Glibc
package import Model

/// An open file, closed when the last user lets go of it. Reads and writes name their offset, so threads share it freely.
package final class File: Sendable {
    /// Pieces that are written with one call, each of which takes room on the stack until it has returned. A call takes 1024 (IOV_MAX of
    /// limits.h(0p)).
    private static let pieceCountMax = 128

    package let path: String
    private let descriptor: Int32
    private let calls: FileCalls

    private init(path: String, flags: Int32, mode: mode_t, calls: FileCalls) throws(PachError) {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw SystemError.error(errno, "open \(quoted(path))")
        }
        self.path = path
        self.descriptor = descriptor
        self.calls = calls
    }

    deinit {
        // Nothing is learned here: what must be durable was synced before, and that was checked.
        _ = close(descriptor)
    }

    /// - Throws: `notFound`; `inaccessible`, also where it is no regular file; `io`.
    package static func open(_ path: String) throws(PachError) -> File {
        // A pipe would keep who opens it waiting for one that writes (fifo(7)).
        let file = try File(path: path, flags: O_RDONLY | O_NONBLOCK, mode: 0, calls: FileCalls())
        guard try file.status().st_mode & S_IFMT == S_IFREG else {
            throw PachError(.inaccessible, "Could not open \(quoted(path))", cause: "It is not a regular file")
        }
        return file
    }

    /// A new, empty file for writing, and for reading back.
    /// - Throws: `alreadyExists`, `io`.
    package static func create(_ path: String, mode: mode_t = 0o644, calls: FileCalls = FileCalls()) throws(PachError) -> File {
        try File(path: path, flags: O_RDWR | O_CREAT | O_EXCL, mode: mode, calls: calls)
    }

    /// Puts a file in the place of what has its name, if anything: it gets that name once it is whole and durable, and the name is durable once its
    /// folder is synced. On failure nothing of it is left.
    /// - Parameter temporary: a path in the same file system, at which nothing is.
    package static func replace(
        _ path: String, through temporary: String, mode: mode_t = 0o644, calls: FileCalls = FileCalls(),
        write: (File) throws(PachError) -> Void
    ) throws(PachError) {
        let file = try create(temporary, mode: mode, calls: calls)
        do throws(PachError) {
            try write(file)
            try file.sync()
            try Folder.rename(temporary, to: path, calls: calls)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    package func byteCount() throws(PachError) -> Int { Int(try status().st_size) }

    private func status() throws(PachError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw SystemError.error(errno, "inspect \(quoted(path))")
        }
        return status
    }

    /// Reads from `offset` until `buffer` is full or the file ends.
    /// - Returns: how many bytes were read.
    package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(PachError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset + done))
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError.error(errno, "read \(quoted(path))")
            }
            done += count
        }
        return done
    }

    /// At most `count` bytes from `offset`; fewer where the file ends.
    package func read(at offset: Int, count: Int) throws(PachError) -> [UInt8] {
        try [UInt8](count: count) { (buffer) throws(PachError) in try read(at: offset, into: buffer) }
    }

    /// All of the file's bytes.
    /// - Throws: `tooLarge` where there are more than `limit`; nothing is read then.
    package func bytes(upTo limit: Int) throws(PachError) -> [UInt8] {
        let byteCount = try byteCount()
        guard byteCount <= limit else {
            throw PachError(.tooLarge, "\(quoted(path)) has \(byteCount) bytes; at most \(limit) are read")
        }
        return try read(at: 0, count: byteCount)
    }

    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(PachError) {
        var vectors = [iovec(bytes)]
        try write(&vectors, at: offset)
    }

    package func write(_ bytes: [UInt8], at offset: Int) throws(PachError) {
        try bytes.withBytes { (bytes) throws(PachError) in try write(bytes, at: offset) }
    }

    /// Writes pieces one behind the other.
    package func write(_ pieces: [ByteSlice], at offset: Int) throws(PachError) {
        var offset = offset
        for start in stride(from: 0, to: pieces.count, by: Self.pieceCountMax) {
            let group = pieces[start..<min(pieces.count, start + Self.pieceCountMax)]
            try withExtendedLifetime(group) { () throws(PachError) in
                var vectors = group.map { iovec($0.address) }
                try write(&vectors, at: offset)
            }
            offset += group.reduce(0) { $0 + $1.count }
        }
    }

    private func write(_ vectors: inout [iovec], at offset: Int) throws(PachError) {
        var offset = offset
        var first = 0
        while true {
            while first < vectors.count, vectors[first].iov_len == 0 { first += 1 }
            guard first < vectors.count else { return }
            let count = vectors[first...].withUnsafeBufferPointer { rest in
                rest.baseAddress.map { calls.write(descriptor, $0, Int32(rest.count), off_t(offset)) } ?? 0
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError.error(errno, "write \(quoted(path))")
            }
            offset += count
            var rest = count
            while rest > 0 {
                let taken = min(rest, vectors[first].iov_len)
                vectors[first].iov_base += taken
                vectors[first].iov_len -= taken
                rest -= taken
                if vectors[first].iov_len == 0 { first += 1 }
            }
        }
    }

    /// Makes what was written durable. A failure is final: the kernel may have dropped the data (fsync(2), "EIO").
    package func sync() throws(PachError) {
        guard calls.sync(descriptor) == 0 else {
            throw calls.syncFailure(quoted(path))
        }
    }

    /// Asks the kernel to begin writing a range out, without waiting: only a hint, so its result is of no interest.
    package func startWriteBack(_ range: Range<Int>) {
        _ = sync_file_range(descriptor, range.lowerBound, range.count, SYNC_FILE_RANGE_WRITE)
    }

    /// Has room on the disk ready for a range, which the file's size does not tell of. Only a hint: not every file system can, and where there is
    /// too little room, writing will say so.
    package func reserve(_ range: Range<Int>) {
        _ = fallocate(descriptor, FALLOC_FL_KEEP_SIZE, off_t(range.lowerBound), off_t(range.count))
    }

    /// Gives back what was reserved behind the file's end.
    package func releaseReserve() throws(PachError) {
        guard ftruncate(descriptor, off_t(try byteCount())) == 0 else {
            throw SystemError.error(errno, "give back what was reserved behind \(quoted(path))")
        }
    }

    /// Maps the whole file for reading.
    package func map(byteCount: Int) throws(PachError) -> UnsafeRawBufferPointer {
        guard let start = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw SystemError.error(errno, "map \(quoted(path))")
        }
        return UnsafeRawBufferPointer(start: start, count: byteCount)
    }
}

extension iovec {
    /// - Parameter bytes: are only read.
    fileprivate init(_ bytes: UnsafeRawBufferPointer) {
        self.init(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
    }
}
