internal import CKernels

/// What an algorithm learns from: one rating for each pair of user and item that was rated, grouped by user.
///
/// Users and items have *inner* numbers, from 0 in order of their first appearance among the rows trained on; one that does not
/// appear there has none. The ratings of a user stand in order of their first appearance. Where a user rated an item several times,
/// the last rating counts, in the place of the first: newer files correct older ones.
public struct Trainset: Sendable {
    /// How many users there are; at least 1.
    public var userCount: Int { byUser.count }
    /// How many items there are; at least 1.
    public let itemCount: Int
    /// How many ratings there are; at least 1.
    public var ratingCount: Int { byUser.values.count }
    /// The mean of all ratings.
    public let mean: Double

    /// The ratings of each user.
    let byUser: Groups
    /// For each rating of `byUser`, when it was given; `nil` when that is not known of all.
    let times: Column<Int64>?
    /// For each inner user, the numbers of its features.
    let userFeatures: [[Int32]]
    /// For each inner item, the numbers of its features.
    let itemFeatures: [[Int32]]
    /// The positions of `byUser` in order of their ratings' first appearance.
    private let arrivals: Column<Int32>
    /// How users and items of the data set are numbered here.
    let users: InnerNumbers
    let itemNumbers: InnerNumbers

    /// Takes all rows of a data set.
    ///
    /// - Throws: `.noRatings` when there are none, `.invalidInput` when there are more than 2³¹-1.
    public init(_ dataset: Dataset) throws(RecommenderError) {
        try self.init(dataset, rows: 0..<dataset.rowCount)
    }

    /// Takes some rows of a data set, in a given order.
    ///
    /// - Parameters:
    ///   - dataset: The rows.
    ///   - rows: Row numbers, each in `0..<dataset.rowCount`.
    /// - Throws: `.noRatings` when there are none, `.invalidInput` when there are more than 2³¹-1.
    public init(_ dataset: Dataset, rows: some RandomAccessCollection<Int>) throws(RecommenderError) {
        guard rows.count <= Int(Int32.max) else {
            throw RecommenderError(.invalidInput, "There are \(rows.count) ratings, more than 2³¹-1", hint: "Use less data.")
        }
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
        let items = AlignedMemory<Int32>(count: rows.count)
        let values = AlignedMemory<Double>(count: rows.count)
        let arrivals = AlignedMemory<Int32>(count: rows.count)
        let times = rows.first.flatMap(dataset.time) == nil ? nil : AlignedMemory<Int64>(count: rows.count)
        var areTimesKnown = times != nil
        for (arrival, row) in rows.enumerated() {
            let user = Int(users.inner[Int(dataset.userOfRow[row])])
            items.start[next[user]] = itemNumbers.inner[Int(dataset.itemOfRow[row])]
            values.start[next[user]] = dataset.ratings[row]
            arrivals.start[arrival] = Int32(next[user])
            if let times, areTimesKnown {
                if let time = dataset.time(of: row) { times.start[next[user]] = time } else { areTimesKnown = false }
            }
            next[user] += 1
        }
        let starts = Self.keepLast(items, values, times, arrivals, ends: next, itemCount: itemNumbers.count)
        let count = starts[starts.count - 1]
        byUser = Groups(
            starts: Column(copying: starts), others: Column(items).extracting(0..<count), values: Column(values).extracting(0..<count))
        self.times = areTimesKnown ? times.map { Column($0).extracting(0..<count) } : nil
        userFeatures = users.outer.map { dataset.userFeatures.list(of: Int($0)) }
        itemFeatures = itemNumbers.outer.map { dataset.itemFeatures.list(of: Int($0)) }
        self.arrivals = Column(arrivals).extracting(0..<count)
        itemCount = itemNumbers.count
        mean = byUser.values.reduce(0, +) / Double(byUser.values.count)
        self.users = users
        self.itemNumbers = itemNumbers
    }

    /// Leaves one rating of each user and item, in the first one's place with the last one's value.
    ///
    /// - Parameter ends: Where each user's ratings end before.
    /// - Returns: Where each user's ratings start after, and where the last one's end.
    private static func keepLast(
        _ items: AlignedMemory<Int32>, _ values: AlignedMemory<Double>, _ times: AlignedMemory<Int64>?, _ arrivals: AlignedMemory<Int32>,
        ends: [Int], itemCount: Int
    ) -> [Int] {
        var starts = [0]
        starts.reserveCapacity(ends.count + 1)
        // Where each item was last written. It is this user's when it is not before the user's start.
        var places = [Int](repeating: -1, count: itemCount)
        var corrections: [Int] = []
        var read = 0
        var written = 0
        for end in ends {
            let start = written
            while read < end {
                let item = Int(items.start[read])
                if places[item] >= start {
                    values.start[places[item]] = values.start[read]
                    if let times { times.start[places[item]] = times.start[read] }
                    corrections.append(read)
                } else {
                    places[item] = written
                    items.start[written] = items.start[read]
                    values.start[written] = values.start[read]
                    if let times { times.start[written] = times.start[read] }
                    written += 1
                }
                read += 1
            }
            starts.append(written)
        }
        if !corrections.isEmpty { forget(corrections, in: arrivals) }
        return starts
    }

    /// Strikes out positions that are no more, and moves those behind them.
    private static func forget(_ positions: [Int], in arrivals: AlignedMemory<Int32>) {
        var moved = [Int32](repeating: 0, count: arrivals.count)
        for position in positions { moved[position] = -1 }
        var next: Int32 = 0
        for position in moved.indices where moved[position] == 0 {
            moved[position] = next
            next += 1
        }
        var written = 0
        for arrival in 0..<arrivals.count where moved[Int(arrivals.start[arrival])] >= 0 {
            arrivals.start[written] = moved[Int(arrivals.start[arrival])]
            written += 1
        }
    }

    /// Hands each rating, as inner user, inner item and value, to `body`, user by user.
    public func forEachRating(_ body: (_ user: Int, _ item: Int, _ value: Double) -> Void) {
        byUser.forEachGroup { user, items, values in
            for (item, value) in zip(items, values) { body(user, Int(item), value) }
        }
    }

    /// From the least rating to the greatest.
    public var scale: RatingScale { RatingScale(of: byUser.values) }

    /// The standard deviation of all ratings.
    var deviation: Double {
        (byUser.values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(ratingCount)).squareRoot()
    }

    /// The ratings of each item, in order of their first appearance among the rows.
    var byItem: Groups {
        let starts = AlignedMemory<Int>(count: itemCount + 1)
        for item in byUser.others.buffer { starts.start[Int(item) + 1] += 1 }
        for item in 0..<itemCount { starts.start[item + 1] += starts.start[item] }
        let userOfRating = AlignedMemory<Int32>(count: ratingCount)
        for user in 0..<userCount {
            let start = byUser.starts[user]
            (userOfRating.start + start).update(repeating: Int32(user), count: byUser.starts[user + 1] - start)
        }
        let next = AlignedMemory(copying: Column(starts))
        let raters = AlignedMemory<Int32>(count: ratingCount)
        let values = AlignedMemory<Double>(count: ratingCount)
        let (items, valuesByUser) = (byUser.others.buffer, byUser.values.buffer)
        for arrival in arrivals.buffer {
            let position = Int(arrival)
            let item = Int(items[position])
            let place = next.start[item]
            next.start[item] = place + 1
            raters.start[place] = userOfRating.start[position]
            values.start[place] = valuesByUser[position]
        }
        return Groups(starts: Column(starts), others: Column(raters), values: Column(values))
    }

    /// Hands the ratings, grouped by user, to `body` as the kernels take them.
    func withRatings(_ body: (ck_ratings) -> Void) {
        let values = AlignedMemory<Float>(count: ratingCount)
        for (position, value) in byUser.values.enumerated() { values.start[position] = Float(value) }
        withExtendedLifetime(values) {
            body(ck_ratings(starts: byUser.starts.start, items: byUser.others.start, values: values.start, user_count: userCount))
        }
    }
}
