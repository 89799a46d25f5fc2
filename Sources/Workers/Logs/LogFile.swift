internal import Files
internal import Foundation
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
        try await blocking { try open()?.byteCount() ?? 0 }
    }

    /// Up to `count` bytes from `offset` on; none at the end of the file, and where there is none.
    func bytes(at offset: Int, count: Int) async throws -> [UInt8] {
        try await blocking { try open()?.read(at: offset, count: count) ?? [] }
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
    private func open() throws(PachError) -> File? {
        do throws(PachError) {
            return try File.open(path)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }
}
