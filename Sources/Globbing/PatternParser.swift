/// Reads a pattern's text.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    /// Where the open alternatives began.
    private var openBraces: [Int] = []

    init(_ text: String) throws(GlobError) {
        scalars = Array(text.unicodeScalars)
        guard text.utf8.count <= Glob.byteCountMax else {
            throw GlobError(
                reason: .malformed, message: "the pattern is \(text.utf8.count) bytes long; at most \(Glob.byteCountMax) are allowed",
                offset: 0)
        }
    }

    /// Reads all of the text.
    mutating func parse() throws(GlobError) -> Pattern {
        let pattern = try sequence()
        if index < scalars.count {
            throw malformed("'}' without '{' before it; write '\\}' for the character itself", at: index)
        }
        return pattern
    }

    /// Reads up to the end, or to the `,` or `}` that ends an alternative.
    private mutating func sequence() throws(GlobError) -> Pattern {
        var pattern = Pattern()
        while index < scalars.count {
            let start = index
            let scalar = scalars[index]
            if scalar == "}" || scalar == "," && !openBraces.isEmpty { break }
            index += 1
            switch scalar {
            case "/":
                try refuseDots(before: start)
                pattern.elements.append(.slash)
            case "\\":
                guard index < scalars.count else {
                    throw malformed("nothing follows '\\'; write '\\\\' for the character itself", at: start)
                }
                pattern.elements.append(scalars[index] == "/" ? .slash : .literal(scalars[index]))
                index += 1
            case "(", ")":
                throw notSupported("groups such as '(…)'", at: start)
            case "*", "?", "+", "@", "!":
                if index < scalars.count, scalars[index] == "(" { throw notSupported("groups such as '\(scalar)(…)'", at: start) }
                pattern.elements.append(wildcard(scalar))
            case "[":
                pattern.elements.append(.characterClass(try characterClass()))
            case "]":
                throw malformed("']' without '[' before it; write '\\]' for the character itself", at: start)
            case "{":
                pattern.elements.append(.alternatives(try alternatives()))
            default:
                pattern.elements.append(.literal(scalar))
            }
        }
        try refuseDots(before: index)
        return pattern
    }

    /// The element that `scalar`, which was just read, begins.
    private mutating func wildcard(_ scalar: Unicode.Scalar) -> Pattern.Element {
        switch scalar {
        case "?":
            return .one
        case "*":
            let first = index
            // The last of a run may begin a group, which the caller refuses by its own name.
            while index < scalars.count, scalars[index] == "*", index + 1 == scalars.count || scalars[index + 1] != "(" { index += 1 }
            return index > first ? .manyWithSlashes : .many
        default:
            return .literal(scalar)
        }
    }

    private mutating func alternatives() throws(GlobError) -> [Pattern] {
        let start = index - 1
        openBraces.append(start)
        guard openBraces.count <= Glob.nestingMax else {
            throw malformed("alternatives nest deeper than \(Glob.nestingMax)", at: start)
        }
        var options: [Pattern] = []
        repeat {
            options.append(try sequence())
            guard index < scalars.count else {
                throw malformed("'{' has no '}' after it; write '\\{' for the character itself", at: start)
            }
            index += 1
        } while scalars[index - 1] == ","
        openBraces.removeLast()
        return options
    }

    private mutating func characterClass() throws(GlobError) -> CharacterClass {
        let start = index - 1
        let unclosed = malformed("'[' has no ']' after it; write '\\[' for the character itself", at: start)
        var result = CharacterClass()
        if index < scalars.count, scalars[index] == "!" || scalars[index] == "^" {
            result.isNegated = true
            index += 1
        }
        let first = index
        while true {
            guard index < scalars.count else { throw unclosed }
            // As in POSIX, a bracket that comes first is a member.
            if scalars[index] == "]", index > first { break }
            if let name = try className() {
                result.named.append(name)
                continue
            }
            let memberStart = index
            guard let lower = try classMember() else { throw unclosed }
            var upper = lower
            if index + 1 < scalars.count, scalars[index] == "-", scalars[index + 1] != "]" {
                index += 1
                guard let last = try classMember() else { throw unclosed }
                upper = last
            }
            guard lower <= upper else {
                throw malformed("the range '\(lower)-\(upper)' is empty", at: memberStart)
            }
            result.ranges.append(lower...upper)
        }
        index += 1
        return result
    }

    /// One character of a class; nil at the end of the text.
    private mutating func classMember() throws(GlobError) -> Unicode.Scalar? {
        if index < scalars.count, scalars[index] == "\\" { index += 1 }
        guard index < scalars.count else { return nil }
        if scalars[index] == "/" {
            throw malformed("a class cannot hold '/', which separates components", at: index)
        }
        index += 1
        return scalars[index - 1]
    }

    /// Reads `[:name:]` if it comes next.
    private mutating func className() throws(GlobError) -> CharacterClass.Named? {
        guard index + 1 < scalars.count, scalars[index] == "[", scalars[index + 1] == ":" else { return nil }
        let start = index
        let letters = scalars[(index + 2)...].prefix { ("a"..."z").contains($0) }
        let end = index + 2 + letters.count
        guard end + 1 < scalars.count, scalars[end] == ":", scalars[end + 1] == "]" else { return nil }
        let name = String(String.UnicodeScalarView(letters))
        guard let named = CharacterClass.Named(rawValue: name) else {
            throw malformed("there is no class '[:\(name):]'", at: start)
        }
        index = end + 2
        return named
    }

    /// `.` and `..` name no file, so a pattern that has one could only fail to match.
    private func refuseDots(before end: Int) throws(GlobError) {
        let boundary = openBraces.last ?? -1
        var start = end
        while start > boundary + 1, scalars[start - 1] == "." { start -= 1 }
        guard (1...2).contains(end - start), start == 0 || scalars[start - 1] == "/" else { return }
        guard end == scalars.count || scalars[end] == "/" else { return }
        throw malformed("'.' and '..' are not allowed as components", at: start)
    }

    private func malformed(_ message: String, at offset: Int) -> GlobError {
        GlobError(reason: .malformed, message: message, offset: offset)
    }

    private func notSupported(_ what: String, at offset: Int) -> GlobError {
        GlobError(reason: .notSupported, message: "\(what) are not supported", offset: offset)
    }
}
