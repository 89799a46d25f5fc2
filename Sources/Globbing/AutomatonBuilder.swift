/// Lays the positions of a pattern out, and notes which may follow which.
struct AutomatonBuilder {
    private(set) var positions: [Automaton.Position] = [.start]
    /// For each position, those that may come next.
    private(set) var followers: [BitRow] = [BitRow()]

    let start = BitRow([0])

    /// The positions that what comes next follows. After those in `due` a slash is still to be read, if anything comes at all.
    /// Holding slashes back so is what merges runs of them, and drops the last one, in every combination of alternatives.
    private struct Ends {
        var plain = BitRow()
        var due = BitRow()
    }

    /// Adds a whole pattern. Returns the positions where it may end.
    mutating func append(_ pattern: Pattern) -> BitRow {
        // One slash is due from the start: a pattern is anchored at the root, whether or not it says so.
        let ends = append(pattern, after: Ends(due: start))
        return ends.plain.union(ends.due)
    }

    private mutating func append(_ pattern: Pattern, after ends: Ends) -> Ends {
        pattern.elements.reduce(ends) { append($1, after: $0) }
    }

    private mutating func append(_ element: Pattern.Element, after ends: Ends) -> Ends {
        switch element {
        case .slash:
            return Ends(due: ends.plain.union(ends.due))
        case .literal(let scalar):
            return Ends(plain: BitRow([append(.literal(scalar), after: ends).index]))
        case .one:
            return Ends(plain: BitRow([append(.one, after: ends).index]))
        case .characterClass(let members):
            return Ends(plain: BitRow([append(.characterClass(members), after: ends).index]))
        case .many:
            return Ends(plain: appendRepeated(.one, after: ends))
        case .manyWithSlashes:
            return Ends(plain: appendRepeated(.any, after: ends))
        case .alternatives(let options):
            var result = Ends()
            for option in options {
                let optionEnds = append(option, after: ends)
                result.plain.formUnion(optionEnds.plain)
                result.due.formUnion(optionEnds.due)
            }
            return result
        }
    }

    /// A position that may take any number of characters, also none.
    private mutating func appendRepeated(_ position: Automaton.Position, after ends: Ends) -> BitRow {
        let (index, before) = append(position, after: ends)
        followers[index].insert(index)
        return before.union(BitRow([index]))
    }

    private mutating func append(_ position: Automaton.Position, after ends: Ends) -> (index: Int, before: BitRow) {
        var before = ends.plain
        if !ends.due.isEmpty {
            before.insert(add(.slash, after: ends.due))
        }
        return (add(position, after: before), before)
    }

    private mutating func add(_ position: Automaton.Position, after before: BitRow) -> Int {
        let index = positions.count
        positions.append(position)
        followers.append(BitRow())
        before.forEach { followers[$0].insert(index) }
        return index
    }
}
