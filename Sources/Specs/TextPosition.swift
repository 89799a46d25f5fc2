/// A place in a text: line and column from 1, the column counted in Unicode scalars.
struct TextPosition: Hashable, Sendable, Comparable {
    var line = 1
    var column = 1

    /// Passes a byte of UTF-8.
    mutating func pass(_ byte: UInt8) {
        if byte == UInt8(ascii: "\n") {
            line += 1
            column = 1
        } else if byte & 0xc0 != 0x80 {
            column += 1
        }
    }

    static func < (left: TextPosition, right: TextPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
