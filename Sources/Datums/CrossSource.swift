import Model

/// Every combination of the members' rows, the last member's running fastest. A cross within a cross is flattened by this,
/// since rows are put together in order.
struct CrossSource: DatumSource {
    /// Rows that a cross may have, and that may differ in one: a few files make very many, and those of a job are held in memory.
    static let rowCountMax = 10_000_000

    let members: [any DatumSource]

    func rows(in snapshot: InputSnapshot) throws(PachError) -> any RowIterator {
        guard let first = members.first else { return Rows(first: nil, others: []) }
        for member in members {
            var rows = try member.rows(in: snapshot)
            // An empty member makes the whole empty, and what the others hold need not be known.
            guard try rows.next() != nil else { return Rows(first: nil, others: []) }
        }
        let others = try members.dropFirst().map { (member) throws(PachError) in try member.allRows(in: snapshot) }
        try Self.check(count: Self.product([first.count(in: snapshot)] + others.map(\.count)))
        return Rows(first: try first.rows(in: snapshot), others: others)
    }

    func count(in snapshot: InputSnapshot) throws(PachError) -> Int {
        let counts = try members.map { (member) throws(PachError) in try member.count(in: snapshot) }
        return members.isEmpty || counts.contains(0) ? 0 : try Self.product(counts)
    }

    /// How many combinations there are of so many rows each.
    /// - Throws: `tooLarge` where an `Int` does not hold it.
    static func product(_ counts: [Int]) throws(PachError) -> Int {
        var product = 1
        for count in counts {
            let (next, overflow) = product.multipliedReportingOverflow(by: count)
            guard !overflow else { throw tooLarge }
            product = next
        }
        return product
    }

    static func check(count: Int) throws(PachError) {
        guard count <= rowCountMax else { throw tooLarge }
    }

    private static var tooLarge: PachError {
        PachError(
            .tooLarge, "a cross has more than \(rowCountMax) datums",
            hint: "Let its globs match folders in place of files, or fewer of them.")
    }

    func changes(from old: InputSnapshot, to new: InputSnapshot) throws(PachError) -> [RowChange] {
        var memberChanges: [[RowChange]] = []
        for member in members { memberChanges.append(try member.changes(from: old, to: new)) }

        let now = memberChanges.map { $0.compactMap(MarkedRow.init(now:)) }
        let gone = memberChanges.map { $0.compactMap(MarkedRow.init(gone:)) }
        var changes: [RowChange] = []
        try MarkedCombinations(of: members, in: new, marked: now)?.forEach { parts in
            let row = parts.flatMap(\.row)
            if parts.contains(where: \.isAdded) {
                changes.append(.added(row))
            } else {
                changes.append(.changed(old: parts.flatMap { $0.change?.old ?? $0.row }, new: row))
            }
        }
        try MarkedCombinations(of: members, in: old, marked: gone)?.forEach { parts in
            changes.append(.removed(parts.flatMap(\.row)))
        }
        return changes
    }

    private struct Rows: RowIterator {
        /// Nil where the whole is empty.
        private var first: (any RowIterator)?
        private let others: [[Row]]
        private var current: Row?
        private var positions: [Int]

        init(first: (any RowIterator)?, others: [[Row]]) {
            self.first = first
            self.others = others
            positions = others.map { _ in 0 }
        }

        mutating func next() throws(PachError) -> Row? {
            if current == nil { current = try first?.next() }
            guard var row = current else { return nil }
            for (rows, position) in zip(others, positions) { row += rows[position] }
            step()
            return row
        }

        /// To the next combination, as a counter does: the last place first.
        private mutating func step() {
            for place in positions.indices.reversed() {
                positions[place] += 1
                if positions[place] < others[place].count { return }
                positions[place] = 0
            }
            current = nil
        }
    }
}
