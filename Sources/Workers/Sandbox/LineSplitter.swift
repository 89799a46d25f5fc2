import Glibc

/// Cuts a stream of bytes into lines of text.
///
/// A line ends at a line feed, which is not part of it, at the end of the stream, or when it would grow beyond
/// ``maximumLine``; then it is cut between two characters, and the rest is a line of its own. What is not UTF-8 is replaced
/// by U+FFFD.
struct LineSplitter {
    /// Bytes of the longest line.
    static let maximumLine = 64 << 10

    /// The beginning of a line whose end has not come yet.
    private var partial: [UInt8] = []

    mutating func append(_ bytes: UnsafeRawBufferPointer, emit: (String) -> Void) {
        var rest = bytes
        while let start = rest.baseAddress, !rest.isEmpty {
            let end = memchr(start, 10, rest.count).map { UnsafeRawPointer($0) - start }
            add(UnsafeRawBufferPointer(rebasing: rest[..<(end ?? rest.count)]), emit: emit)
            guard let end else { return }
            emit(String(decoding: partial, as: UTF8.self))
            partial.removeAll(keepingCapacity: true)
            rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
        }
    }

    /// The end of the stream.
    mutating func finish(emit: (String) -> Void) {
        guard !partial.isEmpty else { return }
        emit(String(decoding: partial, as: UTF8.self))
        partial = []
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer, emit: (String) -> Void) {
        var rest = bytes[...]
        while partial.count + rest.count > Self.maximumLine {
            let room = Self.maximumLine - partial.count
            partial.append(contentsOf: rest.prefix(room))
            rest = rest.dropFirst(room)
            let cut = Self.lastBoundary(of: partial)
            emit(String(decoding: partial[..<cut], as: UTF8.self))
            partial.removeFirst(cut)
        }
        partial.append(contentsOf: rest)
    }

    /// Where the last character begins if it is not complete, or else the end.
    private static func lastBoundary(of bytes: [UInt8]) -> Int {
        // A character has at most 4 bytes, the first of which tells how many.
        for length in 1...3 where length < bytes.count {
            let byte = bytes[bytes.count - length]
            if byte & 0b1100_0000 == 0b1000_0000 { continue }
            let needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return needed > length ? bytes.count - length : bytes.count
        }
        return bytes.count
    }
}
