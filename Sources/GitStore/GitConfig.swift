import Model

/// What a Git config file says (git-config(1), "Syntax"). Files that it includes are not read: what we look for stands in a repo's own.
struct GitConfig {
    /// By section, subsection and key, with dots between them; the last of a name counts. A key without a value means true.
    private(set) var values: [String: String] = [:]

    /// - Throws: `corrupt`, with the line.
    init(parsing text: [UInt8]) throws(PachError) {
        var parser = Parser(text: text)
        while let (name, value) = try parser.next() { values[name] = value }
    }

    /// - Parameter name: in small letters, as Git compares it: `core.bare`.
    subscript(name: String) -> String? { values[name] }
}

private struct Parser {
    let text: [UInt8]
    private var position = 0
    /// What stands before each key of the present section.
    private var prefix = ""

    init(text: [UInt8]) {
        self.text = text
    }

    /// The next key with its value; nil at the end.
    mutating func next() throws(PachError) -> (name: String, value: String)? {
        while true {
            skip { $0.isBlank || $0 == .newline }
            switch peek {
            case nil: return nil
            case UInt8(ascii: "#"), UInt8(ascii: ";"): skip { $0 != .newline }
            case UInt8(ascii: "["): try readSection()
            default:
                guard peek?.isAlphabetic == true else { throw failure("a key does not begin with a letter") }
                let key = try prefix + word("a key") { $0.isAlphanumeric || $0 == UInt8(ascii: "-") }
                skip { $0.isBlank }
                if peek == nil || peek == .newline { return (key, "true") }
                guard take("=") else { throw failure("a key has neither a value nor the line for itself") }
                return (key, try value())
            }
        }
    }

    /// `[section]`, `[section "subsection"]`, and `[section.subsection]`, which is an old form.
    private mutating func readSection() throws(PachError) {
        position += 1
        var name = try word("a section") { $0.isAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
        skip { $0.isBlank }
        if take("\"") {
            var subsection: [UInt8] = []
            while let byte = peek, byte != UInt8(ascii: "\""), byte != .newline {
                position += 1
                if byte == UInt8(ascii: "\\"), let escaped = peek, escaped != .newline {
                    position += 1
                    subsection.append(escaped)
                } else {
                    subsection.append(byte)
                }
            }
            guard take("\"") else { throw failure("the name of a subsection has no end") }
            name += "." + String(decoding: subsection, as: UTF8.self)
        }
        guard take("]") else { throw failure("a section has no ']'") }
        prefix = name + "."
    }

    /// What stands behind `=`, without blanks around and a comment behind it. A backslash at the end of a line goes on with the next.
    private mutating func value() throws(PachError) -> String {
        skip { $0.isBlank }
        var bytes: [UInt8] = []
        // Blanks at the end count only within quotes.
        var length = 0
        var isQuoted = false
        while let byte = peek, byte != .newline {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                isQuoted.toggle()
                length = bytes.count
            case UInt8(ascii: "#") where !isQuoted, UInt8(ascii: ";") where !isQuoted:
                skip { $0 != .newline }
            case UInt8(ascii: "\\"):
                if take("\n") { continue }
                guard let escaped = peek, let meant = Self.escapes[escaped] else { throw failure("a value has an unknown escape") }
                position += 1
                bytes.append(meant)
                length = bytes.count
            default:
                bytes.append(byte)
                if isQuoted || !byte.isBlank { length = bytes.count }
            }
        }
        guard !isQuoted else { throw failure("a quoted value has no end") }
        return String(decoding: bytes.prefix(length), as: UTF8.self)
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "\\"): UInt8(ascii: "\\"), UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "n"): .newline,
        UInt8(ascii: "t"): 0x09, UInt8(ascii: "b"): 0x08,
    ]

    private var peek: UInt8? { position < text.count ? text[position] : nil }

    private mutating func skip(while condition: (UInt8) -> Bool) {
        while let byte = peek, condition(byte) { position += 1 }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    /// At least one byte of a kind, in small letters.
    private mutating func word(_ what: String, _ belongs: (UInt8) -> Bool) throws(PachError) -> String {
        let start = position
        skip(while: belongs)
        guard position > start else { throw failure("\(what) has no name") }
        return String(decoding: text[start..<position], as: UTF8.self).lowercased()
    }

    private func failure(_ reason: String) -> PachError {
        let line = text[..<position].count { $0 == .newline } + 1
        return PachError(.corrupt, "Could not read a repository's config", cause: "line \(line): \(reason)")
    }
}

extension UInt8 {
    fileprivate static let newline = UInt8(ascii: "\n")

    fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == 0x09 || self == 0x0B || self == 0x0C || self == 0x0D }

    fileprivate var isAlphabetic: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

    fileprivate var isAlphanumeric: Bool { isAlphabetic || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
