/// A pattern as a nondeterministic automaton without empty moves (Glushkov, 1961): one position for each element that takes a character.
///
/// A set of positions is a row of bits. So a character costs a few words of work however ambiguous the pattern is, and none of the
/// patterns that make backtracking matchers exponential is slow.
final class Automaton: Sendable {
    enum Position: Sendable {
        /// Before the first character.
        case start
        case literal(Unicode.Scalar)
        case slash
        case one
        case characterClass(CharacterClass)
        case any

        func takes(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .start: false
            case .literal(let own): own == scalar
            case .slash: scalar == "/"
            case .one: scalar != "/"
            case .characterClass(let members): members.contains(scalar)
            case .any: true
            }
        }
    }

    /// Before anything was read.
    let start: BitRow
    private let positions: [Position]
    /// For each position, those that may come next.
    private let followers: [BitRow]
    /// For each ASCII character, the positions that take it.
    private let takers: [BitRow]
    /// Where a path may end.
    private let accepting: BitRow
    /// From where another component may come.
    private let descending: BitRow
    /// Positions that take a slash and no other character.
    private let slashes: BitRow
    private let narrow: NarrowAutomaton?

    init(_ pattern: Pattern) {
        var builder = AutomatonBuilder()
        accepting = builder.append(pattern)
        start = builder.start
        let positions = builder.positions
        let followers = builder.followers
        takers = (0..<128).map { byte in
            let scalar = Unicode.Scalar(UInt8(byte))
            return BitRow(positions.indices.lazy.filter { positions[$0].takes(scalar) })
        }
        slashes = BitRow(
            positions.indices.lazy.filter {
                if case .slash = positions[$0] { true } else { false }
            })
        let takingSlash = takers[Int(UInt8(ascii: "/"))]
        descending = BitRow(positions.indices.lazy.filter { !followers[$0].isDisjoint(with: takingSlash) })
        self.positions = positions
        self.followers = followers
        narrow = NarrowAutomaton(followers: followers, takers: takers)
    }

    func accepts(_ row: BitRow) -> Bool { !row.isDisjoint(with: accepting) }

    func canDescend(_ row: BitRow) -> Bool { !row.isDisjoint(with: descending) }

    /// The positions after `/` and `component` were read from `row`.
    func advance(_ row: BitRow, by component: UnsafeBufferPointer<UInt8>) -> BitRow {
        if let narrow, let word = row.onlyWord, let next = narrow.advance(word, by: component) { return BitRow(word: next) }
        var row = step(row, ascii: UInt8(ascii: "/"))
        var index = 0
        while index < component.count, !row.isEmpty {
            let byte = component[index]
            if byte < 0x80 {
                row = step(row, ascii: byte)
                index += 1
            } else {
                let (scalar, length) = Self.decode(component, at: index)
                row = step(row, scalar)
                index += length
            }
        }
        return row
    }

    private func step(_ row: BitRow, ascii byte: UInt8) -> BitRow {
        reached(from: row).intersection(takers[Int(byte)])
    }

    private func step(_ row: BitRow, _ scalar: Unicode.Scalar) -> BitRow {
        var result = BitRow()
        reached(from: row).forEach { if positions[$0].takes(scalar) { result.insert($0) } }
        return result
    }

    private func reached(from row: BitRow) -> BitRow {
        var result = BitRow()
        row.forEach { result.formUnion(followers[$0]) }
        return result
    }

    /// Names are valid UTF-8; of bytes that are not, each counts as U+FFFD.
    private static func decode(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (Unicode.Scalar, length: Int) {
        var iterator = bytes[index...].makeIterator()
        var parser = Unicode.UTF8.ForwardParser()
        guard case .valid(let encoded) = parser.parseScalar(from: &iterator) else { return ("\u{fffd}", 1) }
        return (Unicode.UTF8.decode(encoded), encoded.count)
    }

    /// The one component that can come next, where the pattern spells it out.
    func onlyComponent(after row: BitRow) -> String? {
        let first = reached(from: row)
        guard first.isSubset(of: slashes), var current = first.onlyMember else { return nil }
        var name = String.UnicodeScalarView()
        while true {
            let next = followers[current]
            if !name.isEmpty, next.isSubset(of: slashes) { return String(name) }
            guard name.isEmpty || !accepts(BitRow([current])), let index = next.onlyMember, case .literal(let scalar) = positions[index]
            else { return nil }
            name.append(scalar)
            current = index
        }
    }
}
