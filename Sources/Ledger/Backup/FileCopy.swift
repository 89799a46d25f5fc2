internal import Glibc
internal import Model

/// Copies files durably: a file appears under its name when all of it is on disk.
struct FileCopy {
    /// Bytes that were copied, not counting those of links.
    private(set) var byteCount: Int64 = 0
    /// Folders with new names, to be synced in the end.
    private var touched: Set<String> = []
    private let links: Bool

    /// - Parameter links: where source and destination are on one file system, let both names stand for the same file.
    init(links: Bool) {
        self.links = links
    }

    private static let pieceByteCount = 1 << 20

    /// A name that nobody has; what is called so is left by a copy that was cut off.
    static func temporaryPath(beside path: String) -> String {
        "\(Durability.parent(of: path))/.tmp_pach_\(String(UInt64.random(in: .min ... .max), radix: 36))"
    }

    mutating func makeFolder(_ path: String) throws(PachError) {
        try Durability.makeFolder(path)
    }

    /// - Parameter isImmutable: the file never changes under this name; only such a file is linked.
    mutating func copy(_ source: String, to destination: String, mode: mode_t = 0o644, isImmutable: Bool = false) throws(PachError) {
        let folder = Durability.parent(of: destination)
        let temporary = Self.temporaryPath(beside: destination)
        if isImmutable, links, link(source, temporary) == 0 {
            try rename(temporary, destination)
            touched.insert(folder)
            return
        }
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw Self.failure("open", source) }
        defer { close(input) }
        let output = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard output >= 0 else { throw Self.failure("create", temporary) }
        defer { close(output) }
        do throws(PachError) {
            try copyBytes(from: input, source, to: output, temporary)
            guard fsync(output) == 0 else { throw Self.failure("sync", temporary) }
            try rename(temporary, destination)
        } catch {
            unlink(temporary)
            throw error
        }
        touched.insert(folder)
    }

    private mutating func copyBytes(from input: Int32, _ source: String, to output: Int32, _ destination: String) throws(PachError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceByteCount, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(input, buffer.baseAddress, buffer.count)
            if count == 0 { return }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure("read", source)
            }
            var done = 0
            while done < count {
                let written = Glibc.write(output, buffer.baseAddress?.advanced(by: done), count - done)
                if written < 0 {
                    if errno == EINTR { continue }
                    throw Self.failure("write", destination)
                }
                done += written
            }
            byteCount += Int64(count)
        }
    }

    /// What a file is called that `write` has not written whole.
    static func temporaryName(of destination: String) -> String { "\(destination).tmp" }

    /// Writes a small file, as `copy` does.
    mutating func write(_ text: String, to destination: String, mode: mode_t = 0o644) throws(PachError) {
        let temporary = Self.temporaryName(of: destination)
        unlink(temporary)
        let output = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard output >= 0 else { throw Self.failure("create", temporary) }
        defer { close(output) }
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let written = bytes[done...].withUnsafeBytes { Glibc.write(output, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                throw Self.failure("write", temporary)
            }
            done += written
        }
        guard fsync(output) == 0 else { throw Self.failure("sync", temporary) }
        try rename(temporary, destination)
        touched.insert(Durability.parent(of: destination))
    }

    /// Removes a copy that is not to be relied on.
    mutating func remove(_ path: String) throws(PachError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw Self.failure("remove", path) }
        touched.insert(Durability.parent(of: path))
    }

    mutating func rename(_ old: String, _ new: String) throws(PachError) {
        guard Glibc.rename(old, new) == 0 else { throw Self.failure("rename", old) }
        touched.insert(Durability.parent(of: new))
    }

    /// Makes all new names durable.
    mutating func settle() throws(PachError) {
        for folder in touched { try Durability.sync(folder) }
        touched = []
    }

    static func failure(_ action: String, _ path: String) -> PachError {
        if errno == ENOENT { return PachError(.notFound, "could not \(action) \(quoted(path)): it is gone") }
        return Durability.failure(action, path)
    }
}
