/// Lists of numbers, one after the other: the items that each user liked, or the neighbours of each item.
///
/// They may stand in a model file that nobody has looked through. Then a list that is not within its column, or has a member that is out of
/// range, is empty.
struct Lists: Sendable {
    /// All lists' members.
    let members: Column<Int32>
    private let starts: Column<Int>
    /// What members are below, where that is still to be looked at.
    private let limit: Int?

    /// Takes lists that are in order.
    ///
    /// - Parameters:
    ///   - starts: Where each list begins, and where the last one ends.
    ///   - members: All lists' members.
    init(starts: Column<Int>, members: Column<Int32>) {
        self.init(starts: starts, members: members, limit: nil)
    }

    private init(starts: Column<Int>, members: Column<Int32>, limit: Int?) {
        self.starts = starts
        self.members = members
        self.limit = limit
    }

    /// Finds lists in a model file.
    ///
    /// - Parameters:
    ///   - sections: The file.
    ///   - starts: The section of u64 where each list begins, and the last one ends.
    ///   - members: The section of i32 that the lists hold.
    ///   - count: How many lists there are.
    ///   - limit: What all members are below.
    /// - Throws: `.corruptModel` when a section is missing or has another length, or when contents are verified and are not such lists.
    init(_ sections: SectionReader, _ starts: String, _ members: String, count: Int, limit: Int) throws(RecommenderError) {
        if sections.isVerifying {
            let (starts, members) = try sections.lists(starts, members, count: count, limit: limit)
            self.init(starts: starts, members: members)
        } else {
            self.init(starts: try sections.column(starts, count: count + 1), members: try sections.column(members), limit: limit)
        }
    }

    /// How many lists there are.
    var count: Int { starts.count - 1 }

    /// Where the members of a list in `0..<count` stand.
    func range(of number: Int) -> Range<Int> {
        let (start, end) = (starts[number], starts[number + 1])
        guard let limit else { return start..<end }
        guard start >= 0, start <= end, end <= members.count,
            members.extracting(start..<end).buffer.allSatisfy({ $0 >= 0 && Int($0) < limit })
        else { return 0..<0 }
        return start..<end
    }

    /// The members of a list in `0..<count`.
    subscript(number: Int) -> Column<Int32> {
        members.extracting(range(of: number))
    }

    /// Adds the sections of a model file that hold these lists.
    func write(to sections: inout SectionWriter, _ starts: String, _ members: String) {
        sections.add(starts, self.starts)
        sections.add(members, self.members)
    }
}
