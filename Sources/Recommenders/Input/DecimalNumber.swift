/// Decimal numbers in text: `4`, `-0.5`, `3.5e0`. Hexadecimal numbers, infinities and NaN are not.
enum DecimalNumber {
    /// The double nearest to the number that `text` spells, or `nil` when it spells none or one that no finite double is near.
    static func parse(_ text: Span<UInt8>) -> Double? {
        short(text) ?? long(text)
    }

    /// The whole part of the number that `text` spells, or `nil` when it spells none or one beyond 64 bits.
    static func integer(_ text: Span<UInt8>) -> Int64? {
        guard let number = parse(text) else { return nil }
        return Int64(exactly: number.rounded(.down))
    }

    /// Powers of ten that a double holds exactly, as far as needed here.
    private static let powers: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15]

    /// Digits, perhaps with a point and more digits, at most fifteen in all.
    ///
    /// Then the digits as an integer, and the power of ten that divides it, are both exact, so one division rounds correctly.
    private static func short(_ text: Span<UInt8>) -> Double? {
        guard text.count > 0, text.count <= 16 else { return nil }
        var digits = 0
        var integer = 0
        var point: Int?
        for position in text.indices {
            switch text[position] {
            case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"):
                integer = integer * 10 + Int(byte - UInt8(ascii: "0"))
                digits += 1
            case UInt8(ascii: ".") where point == nil:
                point = digits
            default:
                return nil
            }
        }
        guard digits > 0, digits <= 15 else { return nil }
        return Double(integer) / powers[digits - (point ?? digits)]
    }

    /// Whatever else the standard library reads, less what is not plain decimal.
    private static func long(_ text: Span<UInt8>) -> Double? {
        for position in text.indices {
            switch text[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): continue
            case UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "e"), UInt8(ascii: "E"): continue
            default: return nil
            }
        }
        guard let number = Double(String(text)), number.isFinite else { return nil }
        return number
    }
}

extension String {
    /// The text of bytes that are known to be UTF-8.
    init(_ bytes: Span<UInt8>) {
        self = bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
