/// What an algorithm learns from: one rating for each pair of user and item that was rated, grouped by user.
///
/// Users and items have *inner* numbers, from 0 in order of their first appearance among the rows trained on; one that does not
/// appear there has none. The ratings of a user stand in order of their first appearance. Where a user rated an item several times,
/// the last rating counts, in the place of the first: newer files correct older ones.
public struct Trainset: Sendable {
    /// How many users there are; at least 1.
    public var userCount: Int { starts.count - 1 }
    /// How many items there are; at least 1.
    public let itemCount: Int
    /// How many ratings there are; at least 1.
    public var ratingCount: Int { values.count }
    /// The mean of all ratings.
    public let mean: Double

    /// The ratings of inner user `u` are at `starts[u]..<starts[u + 1]` of `items` and `values`; `userCount + 1` positions, ascending.
    let starts: [Int]
    /// For each rating, its inner item.
    let items: [Int32]
    /// For each rating, its value.
    let values: [Double]
    /// How users and items of the data set are numbered here.
    let users: InnerNumbers
    let itemNumbers: InnerNumbers

    /// Takes all rows of a data set.
    ///
    /// - Throws: `.noRatings` when there are none.
    public init(_ dataset: Dataset) throws(RecommenderError) {
        try self.init(dataset, rows: Array(0..<dataset.rowCount))
    }

    /// Takes some rows of a data set, in a given order.
    ///
    /// - Parameters:
    ///   - dataset: The rows.
    ///   - rows: Row numbers, each in `0..<dataset.rowCount`.
    /// - Throws: `.noRatings` when there are none.
    public init(_ dataset: Dataset, rows: [Int]) throws(RecommenderError) {
        var users = InnerNumbers(outerCount: dataset.users.count)
        var itemNumbers = InnerNumbers(outerCount: dataset.items.count)
        var counts: [Int] = []
        for row in rows {
            let user = users.insert(dataset.userOfRow[row])
            _ = itemNumbers.insert(dataset.itemOfRow[row])
            if user == counts.count { counts.append(0) }
            counts[user] += 1
        }
        guard !counts.isEmpty else { throw .noRatings }

        // A counting sort by user, which keeps each user's rows in order.
        var next: [Int] = []
        var start = 0
        for count in counts {
            next.append(start)
            start += count
        }
        var items = [Int32](repeating: 0, count: rows.count)
        var values = [Double](repeating: 0, count: rows.count)
        for row in rows {
            let user = Int(users.inner[Int(dataset.userOfRow[row])])
            items[next[user]] = itemNumbers.inner[Int(dataset.itemOfRow[row])]
            values[next[user]] = dataset.ratings[row]
            next[user] += 1
        }

        starts = Self.keepLast(&items, &values, ends: next, itemCount: itemNumbers.count)
        self.items = items
        self.values = values
        itemCount = itemNumbers.count
        mean = values.reduce(0, +) / Double(values.count)
        self.users = users
        self.itemNumbers = itemNumbers
    }

    /// Leaves one rating of each user and item, in the first one's place with the last one's value.
    ///
    /// - Parameter ends: Where each user's ratings end before.
    /// - Returns: Where each user's ratings start after, and where the last one's end.
    private static func keepLast(_ items: inout [Int32], _ values: inout [Double], ends: [Int], itemCount: Int) -> [Int] {
        var starts = [0]
        starts.reserveCapacity(ends.count + 1)
        // Where each item was last written. It is this user's when it is not before the user's start.
        var places = [Int](repeating: -1, count: itemCount)
        var read = 0
        var written = 0
        for end in ends {
            let start = written
            while read < end {
                let item = Int(items[read])
                if places[item] >= start {
                    values[places[item]] = values[read]
                } else {
                    places[item] = written
                    items[written] = items[read]
                    values[written] = values[read]
                    written += 1
                }
                read += 1
            }
            starts.append(written)
        }
        items.removeLast(items.count - written)
        values.removeLast(values.count - written)
        return starts
    }
}
