#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads a text file line by line in memory that does not grow with the file.
///
/// Lines end with LF or CR LF; the last need not end at all. A byte order mark at the start is skipped.
/// What is handed on is valid UTF-8, unless the caller wants to see what is not.
enum LineReader {
    /// Bytes that a line may have, its end included, unless told otherwise: far more than a rating needs.
    static let usualLimit = 64 << 10

    /// Hands each line of a file, without its end, and its number, from 1, to `body`.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: Bytes that a line may have.
    ///   - checksText: Whether a line that is not UTF-8 is an error.
    ///   - body: Called for each line, blank ones too. The span is valid only during the call.
    /// - Throws: `.io` when the file cannot be read, `.invalidInput` for a line that is too long or not UTF-8, and what `body` throws.
    static func forEachLine(
        of path: String, limit: Int = usualLimit, checksText: Bool = true, _ body: (Span<UInt8>, Int) throws(RecommenderError) -> Void
    ) throws(RecommenderError) {
        let file = try FileDescriptor(path, for: .reading)
        var buffer = [UInt8](repeating: 0, count: min(limit, 256 << 10))
        var held = 0
        var number = 0
        var ended = false
        while !ended {
            if held == buffer.count {
                guard held < limit else {
                    throw RecommenderError(
                        .invalidInput, "\(path):\(number + 1): the line is longer than \(limit) bytes",
                        hint: "Check that this is a text file with one record a line.")
                }
                buffer.append(contentsOf: repeatElement(0, count: min(limit - held, held)))
            }
            let count = try file.readSome(into: &buffer, from: held)
            held += count
            ended = count == 0
            let used = try handOn(
                buffer.span.extracting(first: held), of: path, ended: ended, checksText: checksText, number: &number, body)
            buffer.withUnsafeMutableBytes { bytes in
                bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[used..<held]))
            }
            held -= used
        }
    }

    /// Hands on the whole lines of `bytes`, and what is left after them when the file has `ended`; returns how many bytes that was.
    private static func handOn(
        _ bytes: Span<UInt8>, of path: String, ended: Bool, checksText: Bool, number: inout Int,
        _ body: (Span<UInt8>, Int) throws(RecommenderError) -> Void
    ) throws(RecommenderError) -> Int {
        var start = 0
        while start < bytes.count {
            let rest = bytes.extracting(start...)
            let length: Int
            if let end = rest.firstIndex(ofByte: 0x0A) {
                length = end
            } else if ended {
                length = rest.count
            } else {
                break
            }
            number += 1
            var line = rest.extracting(first: length)
            if number == 1, line.count >= 3, line[0] == 0xEF, line[1] == 0xBB, line[2] == 0xBF {
                line = line.extracting(droppingFirst: 3)
            }
            if line.count > 0, line[line.count - 1] == 0x0D {
                line = line.extracting(droppingLast: 1)
            }
            guard !checksText || line.isUTF8 else {
                throw RecommenderError(
                    .invalidInput, "\(path):\(number): the line is not UTF-8 text", hint: "Convert the file to UTF-8.")
            }
            try body(line, number)
            start = min(start + length + 1, bytes.count)
        }
        return start
    }
}

extension Span<UInt8> {
    /// The position of the first byte equal to `byte`.
    func firstIndex(ofByte byte: UInt8) -> Int? {
        withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, let found = memchr(base, Int32(byte), bytes.count) else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// Whether these bytes are valid UTF-8.
    var isUTF8: Bool {
        withUnsafeBytes { bytes in
            // Nearly all lines are ASCII, which the slower check need not see.
            bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
        }
    }
}
