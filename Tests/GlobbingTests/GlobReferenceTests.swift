import Globbing
import TestSupport
import Testing

/// Random patterns against a matcher that is too slow and too plain to be wrong: it spells all alternatives out, cleans each
/// spelling as text, and tries every length for every `*`.
@Suite struct GlobReferenceTests {
    enum Token: Equatable {
        case scalar(Unicode.Scalar)
        case oneOf([Unicode.Scalar], negated: Bool)
        case one, many, manyWithSlashes
    }

    /// A random pattern: its text, and all its spellings.
    struct RandomPattern {
        var text = ""
        var spellings: [[Token]] = [[]]

        init(depth: Int, using generator: inout SplitMix) {
            for _ in 0..<generator.next(below: 6) {
                switch generator.next(below: 12) {
                case 0...2: append("/", .scalar("/"))
                case 3...5: append(generator.next(of: ["a", "b", "é"]))
                case 6: append("?", .one)
                case 7:
                    append("*", .many)
                case 8:
                    append("**", .manyWithSlashes)
                case 9: append("[ab]", .oneOf(["a", "b"], negated: false))
                case 10: append("[!a]", .oneOf(["a"], negated: true))
                default:
                    guard depth > 0 else { continue }
                    let options = (0...generator.next(below: 3)).map { _ in RandomPattern(depth: depth - 1, using: &generator) }
                    text += "{" + options.map(\.text).joined(separator: ",") + "}"
                    spellings = spellings.flatMap { head in options.flatMap(\.spellings).map { head + $0 } }
                }
            }
        }

        private mutating func append(_ scalar: Unicode.Scalar) { append(String(scalar), .scalar(scalar)) }

        private mutating func append(_ text: String, _ token: Token) {
            // A run of stars has one meaning as text and could have two as tokens.
            if text.hasPrefix("*"), self.text.hasSuffix("*") { return }
            self.text += text
            for index in spellings.indices { spellings[index].append(token) }
        }

        func matches(_ path: String) -> Bool {
            let scalars = Array(path.unicodeScalars)
            return spellings.contains { Self.match(Self.cleaned($0)[...], scalars[...]) }
        }

        static func cleaned(_ tokens: [Token]) -> [Token] {
            var result: [Token] = [.scalar("/")]
            for token in tokens where !(token == .scalar("/") && result.last == .scalar("/")) { result.append(token) }
            if result.last == .scalar("/") { result.removeLast() }
            return result
        }

        static func match(_ tokens: ArraySlice<Token>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
            guard let token = tokens.first else { return text.isEmpty }
            let rest = tokens.dropFirst()
            switch token {
            case .scalar(let scalar):
                return text.first == scalar && match(rest, text.dropFirst())
            case .oneOf(let members, let negated):
                guard let scalar = text.first, scalar != "/" else { return false }
                return members.contains(scalar) != negated && match(rest, text.dropFirst())
            case .one:
                return text.first != nil && text.first != "/" && match(rest, text.dropFirst())
            case .many, .manyWithSlashes:
                for count in 0...text.count {
                    if match(rest, text.dropFirst(count)) { return true }
                    guard count < text.count, token == .manyWithSlashes || text[text.startIndex + count] != "/" else { return false }
                }
                return false
            }
        }
    }

    /// All paths up to three components, of a few names.
    static let names = ["a", "b", "é", "ab", "ba", "aab"]
    static let paths: [[String]] = {
        var paths: [[String]] = [[]]
        var level = paths
        for _ in 0..<3 {
            level = level.flatMap { path in names.map { path + [$0] } }
            paths += level
        }
        return paths
    }()

    @Test func `Agrees with a slow matcher`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SplitMix(seed: seed)
        for round in 0..<400 {
            let pattern = RandomPattern(depth: 2, using: &generator)
            guard pattern.spellings.count <= 200 else { continue }
            let glob = try Glob(pattern.text)
            let context = "seed \(seed), round \(round), pattern \(pattern.text)"
            var expected: [[String]: Bool] = [:]
            for path in Self.paths {
                let text = path.map { "/" + $0 }.joined()
                let isMatch = pattern.matches(text)
                expected[path] = isMatch
                #expect(glob.matches(text) == isMatch, "\(context), path \(text)")
            }
            check([], glob.start, expected, context)
        }
    }

    /// Walks the tree of all paths as a reader of trees would.
    /// - Returns: how many are matched at or below `path`.
    @discardableResult
    private func check(_ path: [String], _ state: Glob.State?, _ expected: [[String]: Bool], _ context: String) -> Int {
        let here = expected[path] == true ? 1 : 0
        #expect((state?.isMatch ?? false) == (here == 1), "\(context), path \(path)")
        guard path.count < 3 else { return here }
        let below = Self.names.reduce(0) { sum, name in
            let next = state.flatMap { $0.canDescend ? $0.advanced(byComponent: name.utf8) : nil }
            let count = check(path + [name], next, expected, context)
            if count > 0, let only = state?.onlyComponent { #expect(only == name, "\(context), path \(path)") }
            return sum + count
        }
        if below > 0 { #expect(state?.canDescend == true, "\(context), path \(path)") }
        return here + below
    }
}

extension SplitMix {
    mutating func next(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func next<T>(of choices: [T]) -> T { choices[next(below: choices.count)] }
}
