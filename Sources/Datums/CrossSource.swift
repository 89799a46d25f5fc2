import Model

/// Every combination of the members' rows, the last member's running fastest. A cross within a cross is flattened by this,
/// since rows are put together in order.
struct CrossSource: DatumSource {
    let members: [any DatumSource]

    func rows(in snapshot: InputSnapshot) throws(PachError) -> any RowIterator {
        guard let first = members.first else { return Rows(first: nil, others: []) }
        for member in members {
            var rows = try member.rows(in: snapshot)
            // An empty member makes the whole empty, and what the others hold need not be known.
            guard try rows.next() != nil else { return Rows(first: nil, others: []) }
        }
        let others = try members.dropFirst().map { (member) throws(PachError) in try member.allRows(in: snapshot) }
        return Rows(first: try first.rows(in: snapshot), others: others)
    }

    func count(in snapshot: InputSnapshot) throws(PachError) -> Int {
        var total = members.isEmpty ? 0 : 1
        for member in members {
            let (product, overflow) = total.multipliedReportingOverflow(by: try member.count(in: snapshot))
            guard !overflow else { throw PachError(.tooLarge, "a cross has more than \(Int.max) datums") }
            total = product
        }
        return total
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
