/// Where the fields of a line are.
///
/// A line that has a tab is separated by tabs; else one that has a comma, by commas; else by runs of spaces. Spaces around a field
/// are not part of it. There is no quoting.
struct Fields {
    /// Fields beyond this many are counted, but cannot be asked for.
    static let capacity = 4

    /// How many fields the line has.
    private(set) var count = 0
    private var ranges = InlineArray<4, Range<Int>>(repeating: 0..<0)

    /// Whether the line has nothing but spaces and tabs.
    private(set) var isBlank = true

    /// Finds the fields of `line`, a line without its end.
    init(_ line: Span<UInt8>) {
        for position in line.indices where line[position] != UInt8(ascii: " ") && line[position] != UInt8(ascii: "\t") {
            isBlank = false
            break
        }
        if isBlank { return }
        if line.firstIndex(ofByte: UInt8(ascii: "\t")) != nil {
            split(line, at: UInt8(ascii: "\t"))
        } else if line.firstIndex(ofByte: UInt8(ascii: ",")) != nil {
            split(line, at: UInt8(ascii: ","))
        } else {
            splitAtSpaces(line)
        }
    }

    /// The bytes of the field at `position`, in `0..<min(count, capacity)`, as positions in the line.
    subscript(position: Int) -> Range<Int> {
        precondition(position < count, "a field that the line does not have was asked for")
        return ranges[position]
    }

    private mutating func split(_ line: Span<UInt8>, at separator: UInt8) {
        var start = 0
        while let length = line.extracting(start...).firstIndex(ofByte: separator) {
            append(start..<start + length, of: line)
            start += length + 1
        }
        append(start..<line.count, of: line)
    }

    private mutating func splitAtSpaces(_ line: Span<UInt8>) {
        var position = 0
        while position < line.count {
            let start = position
            while position < line.count, line[position] != UInt8(ascii: " ") { position += 1 }
            if start < position { append(start..<position, of: line) }
            position += 1
        }
    }

    /// Adds a field, less the spaces around it.
    private mutating func append(_ range: Range<Int>, of line: Span<UInt8>) {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, line[start] == UInt8(ascii: " ") { start += 1 }
        while start < end, line[end - 1] == UInt8(ascii: " ") { end -= 1 }
        if count < Self.capacity { ranges[count] = start..<end }
        count += 1
    }
}
