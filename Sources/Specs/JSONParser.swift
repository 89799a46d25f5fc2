/// Reads JSON (RFC 8259) and keeps the place of every value, which the standard decoders lose.
struct JSONParser {
    /// Arrays and objects nest at most this deep: the parser recurses, and no spec comes near.
    static let nestingMax = 64

    private let bytes: [UInt8]
    private var index = 0
    private var position = TextPosition()
    private var nesting = 0

    /// - Parameter bytes: valid UTF-8.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads the next spec: an object, or a member of an array of them. Returns nil at the end of the text.
    mutating func nextDocuments() throws(Mistake) -> [SpecDocument]? {
        skipBlanks()
        guard let byte = peek else { return nil }
        guard byte == UInt8(ascii: "[") else {
            return [try document(.root)]
        }
        var documents: [SpecDocument] = []
        try list(closedBy: "]", "an array") { (parser) throws(Mistake) in
            documents.append(try parser.document(.element(of: .root, index: documents.count)))
        }
        return documents
    }

    private mutating func document(_ path: NodePath) throws(Mistake) -> SpecDocument {
        let start = index
        let root = try value()
        return SpecDocument(root: root, path: path, text: String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func value() throws(Mistake) -> SpecNode {
        let start = position
        guard let byte = peek else { throw mistake("the text ends where a value should be") }
        switch byte {
        case UInt8(ascii: "{"):
            var members: [SpecNode.Member] = []
            try list(closedBy: "}", "an object") { (parser) throws(Mistake) in members.append(try parser.member()) }
            return SpecNode(value: .object(members), position: start)
        case UInt8(ascii: "["):
            var elements: [SpecNode] = []
            try list(closedBy: "]", "an array") { (parser) throws(Mistake) in elements.append(try parser.value()) }
            return SpecNode(value: .array(elements), position: start)
        case UInt8(ascii: "\""):
            return SpecNode(value: .string(try string()), position: start)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return SpecNode(value: .number(try number()), position: start)
        default:
            return SpecNode(value: try word(), position: start)
        }
    }

    private mutating func member() throws(Mistake) -> SpecNode.Member {
        let start = position
        guard peek == UInt8(ascii: "\"") else { throw mistake("expected a key in double quotes, found \(found)") }
        let key = try string()
        skipBlanks()
        guard peek == UInt8(ascii: ":") else { throw mistake("expected ':' after the key \"\(key)\", found \(found)") }
        advance()
        skipBlanks()
        return SpecNode.Member(key: key, keyPosition: start, value: try value())
    }

    /// Reads what stands between brackets, separated by commas.
    private mutating func list(
        closedBy close: Unicode.Scalar, _ name: String, element: (inout JSONParser) throws(Mistake) -> Void
    ) throws(Mistake) {
        let start = position
        nesting += 1
        guard nesting <= Self.nestingMax else { throw mistake("values nest deeper than \(Self.nestingMax)") }
        advance()
        skipBlanks()
        var isFirst = true
        while peek != UInt8(ascii: close) {
            if !isFirst {
                guard peek == UInt8(ascii: ",") else {
                    guard peek != nil else {
                        throw mistake("the text ends within \(name) that begins at line \(start.line), column \(start.column)")
                    }
                    throw mistake("expected ',' or '\(close)', found \(found)")
                }
                advance()
                skipBlanks()
                if peek == UInt8(ascii: close) { throw mistake("nothing follows ','; JSON has no comma after the last value") }
            }
            guard peek != nil else {
                throw mistake("the text ends within \(name) that begins at line \(start.line), column \(start.column)")
            }
            try element(&self)
            isFirst = false
            skipBlanks()
        }
        advance()
        nesting -= 1
    }

    private mutating func word() throws(Mistake) -> SpecNode.Value {
        let words: [(String, SpecNode.Value)] = [("true", .bool(true)), ("false", .bool(false)), ("null", .null)]
        for (word, value) in words where bytes[index...].starts(with: word.utf8) {
            for _ in word.utf8 { advance() }
            return value
        }
        if peek == UInt8(ascii: "/") || peek == UInt8(ascii: "#") { throw mistake("JSON has no comments") }
        throw mistake("expected a value, found \(found)")
    }

    private mutating func number() throws(Mistake) -> String {
        let start = index
        if peek == UInt8(ascii: "-") { advance() }
        let hasLeadingZero = peek == UInt8(ascii: "0")
        let wholeCount = try digits()
        guard !hasLeadingZero || wholeCount == 1 else { throw mistake("a number does not begin with 0") }
        if peek == UInt8(ascii: ".") {
            advance()
            _ = try digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            advance()
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { advance() }
            _ = try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(Mistake) -> Int {
        let start = index
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { advance() }
        guard index > start else { throw mistake("expected a digit, found \(found)") }
        return index - start
    }

    private mutating func string() throws(Mistake) -> String {
        let start = position
        var text: [UInt8] = []
        advance()
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                advance()
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                try escape(into: &text)
            case ..<0x20:
                throw mistake("a string cannot hold \(found); write an escape such as \\n")
            default:
                text.append(byte)
                advance()
            }
        }
        throw mistake("the text ends within a string that begins at line \(start.line), column \(start.column)")
    }

    private mutating func escape(into text: inout [UInt8]) throws(Mistake) {
        let start = position
        advance()
        guard let byte = peek else { throw mistake("the text ends within an escape") }
        let plain: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = byte
        case UInt8(ascii: "b"): plain = 0x08
        case UInt8(ascii: "f"): plain = 0x0c
        case UInt8(ascii: "n"): plain = 0x0a
        case UInt8(ascii: "r"): plain = 0x0d
        case UInt8(ascii: "t"): plain = 0x09
        case UInt8(ascii: "u"):
            var units = [try codeUnit()]
            if UTF16.isLeadSurrogate(units[0]), bytes[index...].starts(with: "\\u".utf8) {
                advance()
                units.append(try codeUnit())
            }
            guard let decoded = String(validating: units, as: UTF16.self) else {
                throw Mistake(position: start, message: "half of a surrogate pair is not a character")
            }
            text += decoded.utf8
            return
        default:
            throw mistake("there is no escape '\\' with \(found)")
        }
        text.append(plain)
        advance()
    }

    /// Reads `uXXXX`.
    private mutating func codeUnit() throws(Mistake) -> UInt16 {
        advance()
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw mistake("expected four hexadecimal digits after '\\u', found \(found)")
            }
            unit = unit << 4 | UInt16(digit)
            advance()
        }
        return unit
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func advance() {
        position.pass(bytes[index])
        index += 1
    }

    private mutating func skipBlanks() {
        while let byte = peek, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { advance() }
    }

    /// What stands at the present place, for a message.
    private var found: String {
        guard let scalar = String(decoding: bytes[index...].prefix(4), as: UTF8.self).unicodeScalars.first else {
            return "the end of the text"
        }
        return scalar.value < 0x20 || scalar.value == 0x7f ? "the control character \(scalar.escaped(asASCII: true))" : "'\(scalar)'"
    }

    private func mistake(_ message: String) -> Mistake {
        Mistake(position: position, message: message)
    }
}
