internal import Foundation
internal import Glibc
internal import Model
internal import Threads

/// The file of a job's log, of which no more is in memory than a piece and a line.
struct LogFile: Sendable {
    /// Bytes that are read at a time.
    static let pieceByteCount = 64 << 10
    /// A longer line is passed over. User code's are cut far below that; a power cut may leave zeros in the place of lines.
    static let lineByteCountMax = 1 << 20
    static let lineFeed = UInt8(ascii: "\n")

    let path: String

    /// The file's size; 0 where there is none.
    func byteCount() async throws -> Int {
        try await blocking { try open { descriptor throws(PachError) in try size(of: descriptor) } ?? 0 }
    }

    /// Up to `count` bytes from `offset` on; none at the end of the file, and where there is none.
    func bytes(at offset: Int, count: Int) async throws -> [UInt8] {
        try await blocking {
            try open { descriptor throws(PachError) in
                var failure: Int32 = 0
                let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                    while filled < count {
                        let length = pread(descriptor, buffer.baseAddress?.advanced(by: filled), count - filled, off_t(offset + filled))
                        if length < 0, errno == EINTR { continue }
                        if length < 0 { failure = errno }
                        guard length > 0 else { return }
                        filled += length
                    }
                }
                guard failure == 0 else { throw self.failure(failure) }
                return bytes
            } ?? []
        }
    }

    /// The message of a line; nil where it is none: a power cut may have torn it.
    static func message(of line: ArraySlice<UInt8>) -> LogMessage? {
        do {
            return try JSONDecoder().decode(LogMessage.self, from: Data(line))
        } catch {
            return nil
        }
    }

    /// It is opened each time, so that nothing is held for one who never asks again.
    /// - Returns: nil where there is no file.
    private func open<Value>(_ body: (Int32) throws(PachError) -> Value) throws(PachError) -> Value? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw failure(errno) }
            return nil
        }
        defer { close(descriptor) }
        return try body(descriptor)
    }

    private func size(of descriptor: Int32) throws(PachError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(errno) }
        return Int(status.st_size)
    }

    private func failure(_ reason: Int32) -> PachError {
        PachError(.io, "could not read the log \(quoted(path))", cause: String(cString: strerror(reason)))
    }
}
