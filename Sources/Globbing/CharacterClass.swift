/// A set of characters written in brackets; `/` is in none, as in every shell.
struct CharacterClass: Sendable {
    /// The names of POSIX. Letters, spaces and punctuation are Unicode's; digits are ASCII's, as POSIX demands.
    enum Named: String {
        case alnum, alpha, ascii, blank, cntrl, digit, graph, lower, print, punct, space, upper, word, xdigit

        func contains(_ scalar: Unicode.Scalar) -> Bool {
            let properties = scalar.properties
            switch self {
            case .alnum: return properties.isAlphabetic || Named.digit.contains(scalar)
            case .alpha: return properties.isAlphabetic
            case .ascii: return scalar.isASCII
            case .blank: return scalar == " " || scalar == "\t"
            case .cntrl: return properties.generalCategory == .control
            case .digit: return ("0"..."9").contains(scalar)
            case .graph: return Named.print.contains(scalar) && !Named.space.contains(scalar)
            case .lower: return properties.isLowercase
            case .print: return !Self.invisible.contains(properties.generalCategory)
            case .punct: return Named.graph.contains(scalar) && !Named.alnum.contains(scalar)
            case .space: return properties.isWhitespace
            case .upper: return properties.isUppercase
            case .word: return scalar == "_" || Named.alnum.contains(scalar)
            case .xdigit: return scalar.isASCII && properties.isASCIIHexDigit
            }
        }

        private static let invisible: Set<Unicode.GeneralCategory> = [
            .control, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator,
        ]
    }

    var isNegated = false
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    var named: [Named] = []

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar != "/" else { return false }
        let isListed = ranges.contains { $0.contains(scalar) } || named.contains { $0.contains(scalar) }
        return isListed != isNegated
    }
}
