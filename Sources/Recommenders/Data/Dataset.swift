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
    /// - Throws: `.invalidInput` for a rating beyond that, or when there are more users or items than can be numbered.
    public mutating func append(user: String, item: String, rating: Double) throws(RecommenderError) {
        guard abs(rating) <= RatingsReader.ratingLimit else {
            throw RecommenderError(.invalidInput, "The rating \(rating) of item '\(item)' by user '\(user)' is not a usable number")
        }
        try append(user: user.utf8.span, item: item.utf8.span, rating: rating)
    }

    /// Adds a row at the end, with identifiers given as UTF-8.
    ///
    /// - Throws: `.invalidInput` when there are more users or items than can be numbered.
    mutating func append(user: Span<UInt8>, item: Span<UInt8>, rating: Double) throws(RecommenderError) {
        // Tables hold at most Int32.max identifiers.
        userOfRow.append(Int32(truncatingIfNeeded: try users.insert(user)))
        itemOfRow.append(Int32(truncatingIfNeeded: try items.insert(item)))
        ratings.append(rating)
    }

    /// The least and the greatest rating.
    ///
    /// - Throws: `.noRatings` when there are no rows.
    public func scale() throws(RecommenderError) -> RatingScale {
        guard let lower = ratings.min(), let upper = ratings.max() else { throw .noRatings }
        return try RatingScale(lower: lower, upper: upper)
    }
}

extension RecommenderError {
    /// There is nothing to train on.
    static var noRatings: RecommenderError {
        RecommenderError(.noRatings, "There are no ratings to train on", hint: "Give at least one file with at least one rating.")
    }
}
