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
enum LineReader {
    /// Bytes that a line may have, its end included, unless told otherwise: far more than a rating needs.
    static let usualLimit = 64 << 10

    /// What quarantine says of a line that is longer.
    static let tooLong = "longer than \(usualLimit) bytes, of which these are the first"

    /// Hands each line of a file, without its end, and its number, from 1, to `body`.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: Bytes that a line may have.
    ///   - body: Called for each line, blank ones too, which is valid UTF-8. The span is valid only during the call.
    /// - Throws: `.io` when the file cannot be read, `.invalidInput` for a line that is too long or not UTF-8, and what `body` throws.
    static func forEachLine(
        of path: String, limit: Int = usualLimit, _ body: (Span<UInt8>, Int) throws(RecommenderError) -> Void
    ) throws(RecommenderError) {
        try forEachRawLine(of: path, limit: limit) { (line, number, isWhole) throws(RecommenderError) in
            guard isWhole else {
                throw RecommenderError(
                    .invalidInput, "\(path):\(number): the line is longer than \(limit) bytes",
                    hint: "Check that this is a text file with one record a line.")
            }
            guard line.isUTF8 else {
                throw RecommenderError(
                    .invalidInput, "\(path):\(number): the line is not UTF-8 text", hint: "Convert the file to UTF-8.")
            }
            try body(line, number)
        }
    }

    /// Hands on each line of a file, whatever it is.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: Bytes that a line may have.
    ///   - body: Called with each line, its number, and whether it is whole; else it is the first `limit` bytes of one that is longer.
    /// - Throws: `.io` when the file cannot be read, and what `body` throws.
    static func forEachRawLine(
        of path: String, limit: Int = usualLimit, _ body: (Span<UInt8>, Int, Bool) throws(RecommenderError) -> Void
    ) throws(RecommenderError) {
        let file = try FileDescriptor(path, for: .reading)
        var buffer = [UInt8](repeating: 0, count: min(limit, 256 << 10))
        var held = 0
        var number = 0
        var ended = false
        // The rest of a line that was handed on.
        var isPassing = false
        while !ended {
            if held == limit {
                number += 1
                try body(buffer.span, number, false)
                held = 0
                isPassing = true
            } else if held == buffer.count {
                buffer.append(contentsOf: repeatElement(0, count: min(limit - held, held)))
            }
            let count = try file.readSome(into: &buffer, from: held)
            held += count
            ended = count == 0
            var used = 0
            if isPassing {
                let end = buffer.span.extracting(first: held).firstIndex(ofByte: 0x0A)
                used = end.map { $0 + 1 } ?? held
                isPassing = end == nil
            }
            used += try handOn(buffer.span.extracting(used..<held), ended: ended, number: &number, body)
            buffer.withUnsafeMutableBytes { bytes in
                bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[used..<held]))
            }
            held -= used
        }
    }

    /// Hands on the whole lines of `bytes`, and what is left after them when the file has `ended`; returns how many bytes that was.
    private static func handOn(
        _ bytes: Span<UInt8>, ended: Bool, number: inout Int, _ body: (Span<UInt8>, Int, Bool) throws(RecommenderError) -> Void
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
            try body(line, number, true)
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
