import Model

/// A member's row, marked where it differs from the other snapshot.
struct MarkedRow {
    var row: Row
    var change: RowChange?

    var isAdded: Bool {
        if case .added = change { true } else { false }
    }
}

extension MarkedRow {
    /// A row of the new snapshot; nil for one that is gone.
    init?(now change: RowChange) {
        guard let row = change.new else { return nil }
        self.init(row: row, change: change)
    }

    /// A row of the old snapshot that is gone; nil for one that is there.
    init?(gone change: RowChange) {
        guard case .removed(let row) = change else { return nil }
        self.init(row: row, change: change)
    }
}

/// The combinations of one row of each member in which at least one row is marked: each once, in the order of a cross.
///
/// Of a member all rows are read only where another has marked ones. So nothing is read, and no step is taken, that does not
/// lead to a combination.
struct MarkedCombinations {
    private struct Member {
        /// The rows that stand in a combination; where no other member has marked ones, only the marked.
        var all: [MarkedRow]
        var marked: [MarkedRow]
    }

    private let members: [Member]
    /// The last member that has marked rows.
    private let lastMarked: Int

    /// - Parameter marked: For each member its marked rows, in the order of its rows.
    /// - Returns: nil where there are no such combinations.
    /// - Throws: `tooLarge` where they are more than a cross may have.
    init?(of sources: [any DatumSource], in snapshot: InputSnapshot, marked: [[MarkedRow]]) throws(PachError) {
        let withMarks = marked.indices.filter { !marked[$0].isEmpty }
        guard let lastMarked = withMarks.last else { return nil }
        var members: [Member] = []
        for (index, source) in sources.enumerated() {
            var member = Member(all: marked[index], marked: marked[index])
            if withMarks.contains(where: { $0 != index }) {
                member.all = Self.marking(try source.allRows(in: snapshot), member.marked)
                guard !member.all.isEmpty else { return nil }
            }
            members.append(member)
        }
        let all = try CrossSource.product(members.map(\.all.count))
        let unmarked = try CrossSource.product(members.map { $0.all.count - $0.marked.count })
        try CrossSource.check(count: all - unmarked)
        self.members = members
        self.lastMarked = lastMarked
    }

    func forEach(_ body: ([MarkedRow]) -> Void) {
        var parts: [MarkedRow] = []
        combine(&parts, isMarked: false, body)
    }

    private func combine(_ parts: inout [MarkedRow], isMarked: Bool, _ body: ([MarkedRow]) -> Void) {
        guard parts.count < members.count else { return body(parts) }
        let member = members[parts.count]
        // While nothing is marked, an unmarked row will do only if a marked one can still come.
        let canPass = isMarked || parts.count < lastMarked
        for part in canPass ? member.all : member.marked {
            parts.append(part)
            combine(&parts, isMarked: isMarked || part.change != nil, body)
            parts.removeLast()
        }
    }

    /// - Parameter marked: Some of `rows`, in their order.
    private static func marking(_ rows: [Row], _ marked: [MarkedRow]) -> [MarkedRow] {
        var rest = marked[...]
        return rows.map { row in
            if let next = rest.first, next.row == row { return rest.removeFirst() }
            return MarkedRow(row: row)
        }
    }
}
