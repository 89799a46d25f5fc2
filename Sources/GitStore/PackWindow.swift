import Files
import Model

/// Reads entries of a pack one after the other, many with one call.
struct PackWindow {
    private let data: PackData
    private let byteCount: Int
    private var bytes: [UInt8] = []
    private var start = 0

    /// - Parameter byteCount: read at a time.
    init(_ data: PackData, byteCount: Int = Limits.writeByteCount) {
        self.data = data
        self.byteCount = byteCount
    }

    /// The bytes at `range`.
    mutating func bytes(_ range: Range<Int>) throws(PachError) -> ArraySlice<UInt8> {
        try move(to: range)
        guard range.upperBound <= start + bytes.count else {
            throw PachError(.corrupt, "a pack ends within an entry")
        }
        return bytes[range.lowerBound - start..<range.upperBound - start]
    }

    /// The header of the entry at `offset`.
    mutating func header(at offset: Int) throws(PachError) -> PackEntryHeader {
        try move(to: offset..<min(data.end, offset + PackEntryHeader.byteCountMax))
        let header = bytes.withBytes { PackEntryHeader($0.slice(max(0, min(offset - start, $0.count))..<$0.count), at: offset) }
        guard let header else { throw PachError(.corrupt, "an entry of a pack has no valid header", cause: "it is at \(offset)") }
        return header
    }

    private mutating func move(to range: Range<Int>) throws(PachError) {
        guard range.lowerBound < start || range.upperBound > start + bytes.count else { return }
        bytes = try data.read(at: range.lowerBound, count: max(byteCount, range.count))
        start = range.lowerBound
    }
}
