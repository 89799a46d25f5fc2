/// Ratings as they were given: rows in order of arrival, a user's rating of an item perhaps more than once.
public struct Dataset: Sendable {
    /// The users, numbered in order of first appearance.
    public private(set) var users = IdentifierTable()
    /// The items, numbered in order of first appearance.
    public private(set) var items = IdentifierTable()
    /// For each row, the number of its user.
    private(set) var userOfRow: [Int32] = []
    /// For each row, the number of its item.
    private(set) var itemOfRow: [Int32] = []
    /// For each row, its rating.
    private(set) var ratings: [Double] = []
    /// For each row, when it was given, in seconds since 1970; `noTime` where that is not known. Empty when it is of no row.
    private var times: [Int64] = []
    /// What is known of users beside ratings.
    private(set) var userFeatures = FeatureTable()
    /// What is known of items beside ratings.
    private(set) var itemFeatures = FeatureTable()

    private static let noTime = Int64.min

    /// Makes an empty data set.
    public init() {}

    /// How many rows there are.
    public var rowCount: Int { ratings.count }

    /// Adds a row at the end.
    ///
    /// - Parameters:
    ///   - user: The user's identifier.
    ///   - item: The item's identifier.
    ///   - rating: A finite number, in magnitude at most `RatingsReader.ratingLimit`.
    ///   - time: When it was given, in seconds since 1970, if that is known.
    /// - Throws: `.invalidInput` for a rating beyond that, or when there are more users or items than can be numbered.
    public mutating func append(user: String, item: String, rating: Double, time: Int64? = nil) throws(RecommenderError) {
        guard abs(rating) <= RatingsReader.ratingLimit else {
            throw RecommenderError(.invalidInput, "The rating \(rating) of item '\(item)' by user '\(user)' is not a usable number")
        }
        try append(user: user.utf8.span, item: item.utf8.span, rating: rating, time: time)
    }

    /// Adds a row at the end, with identifiers given as UTF-8.
    ///
    /// - Throws: `.invalidInput` when there are more users or items than can be numbered.
    mutating func append(user: Span<UInt8>, item: Span<UInt8>, rating: Double, time: Int64? = nil) throws(RecommenderError) {
        // Tables hold at most Int32.max identifiers.
        userOfRow.append(Int32(truncatingIfNeeded: try users.insert(user)))
        itemOfRow.append(Int32(truncatingIfNeeded: try items.insert(item)))
        if let time, time != Self.noTime {
            // Most data sets have times for all rows or for none.
            if times.isEmpty { times = [Int64](repeating: Self.noTime, count: ratings.count) }
            times.append(time)
        } else if !times.isEmpty {
            times.append(Self.noTime)
        }
        ratings.append(rating)
    }

    /// When a row in `0..<rowCount` was given, in seconds since 1970, if that is known.
    func time(of row: Int) -> Int64? {
        guard !times.isEmpty, times[row] != Self.noTime else { return nil }
        return times[row]
    }

    /// The rows that no later row of the same user and item corrects.
    var lastRows: [Int] {
        var seen: Set<UInt64> = []
        seen.reserveCapacity(rowCount)
        var rows: [Int] = []
        rows.reserveCapacity(rowCount)
        for row in stride(from: rowCount - 1, through: 0, by: -1) {
            if seen.insert(pair(of: row)).inserted { rows.append(row) }
        }
        return rows.reversed()
    }

    /// A number that rows of the same user and item have in common, and no others.
    func pair(of row: Int) -> UInt64 {
        UInt64(UInt32(bitPattern: userOfRow[row])) << 32 | UInt64(UInt32(bitPattern: itemOfRow[row]))
    }

    /// The number of a user or an item given as UTF-8, who need not have a rating.
    ///
    /// - Throws: `.invalidInput` when there are more than can be numbered.
    mutating func insert(_ identifier: Span<UInt8>, of side: FeaturesReader.Side) throws(RecommenderError) -> Int {
        switch side {
        case .users: try users.insert(identifier)
        case .items: try items.insert(identifier)
        }
    }

    /// Says that a user or an item has a feature, given as UTF-8.
    ///
    /// - Throws: `.invalidInput` when there are more features than can be numbered.
    mutating func insert(feature: Span<UInt8>, of side: FeaturesReader.Side, for number: Int) throws(RecommenderError) {
        switch side {
        case .users: try userFeatures.insert(feature, for: number)
        case .items: try itemFeatures.insert(feature, for: number)
        }
    }
}

extension RecommenderError {
    /// There is nothing to train on.
    static var noRatings: RecommenderError {
        RecommenderError(.noRatings, "There are no ratings to train on", hint: "Give at least one file with at least one rating.")
    }
}
