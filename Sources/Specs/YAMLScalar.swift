/// What a scalar means: YAML 1.2.2, section 10.3.2 (core schema).
enum YAMLScalar {
    /// - Parameter tag: empty for a plain scalar; a quoted one carries the tag of strings.
    /// - Returns: nil where the tag is another.
    static func value(of text: String, tag: String) -> SpecNode.Value? {
        switch tag {
        case "": plain(text)
        case "!", "tag:yaml.org,2002:str": .string(text)
        default: nil
        }
    }

    private static func plain(_ text: String) -> SpecNode.Value {
        switch text {
        case "", "~", "null", "Null", "NULL": .null
        case "true", "True", "TRUE": .bool(true)
        case "false", "False", "FALSE": .bool(false)
        default: number(text).map(SpecNode.Value.number) ?? .string(text)
        }
    }

    /// The number in JSON's grammar. Those that JSON does not have (`.inf`, `.nan`) stay words.
    private static func number(_ text: String) -> String? {
        for (prefix, radix) in [("0x", 16), ("0o", 8)] where text.hasPrefix(prefix) {
            return Int64(text.dropFirst(2), radix: radix).map { String($0) }
        }
        guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first), text.utf8.contains(where: isDigit),
            text.utf8.allSatisfy({ isDigit($0) || "+-.eE".utf8.contains($0) })
        else { return nil }
        if let integer = Int64(text) { return String(integer) }
        guard let number = Double(text), number.isFinite else { return nil }
        return number.description
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
