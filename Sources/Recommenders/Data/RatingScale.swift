/// The range that ratings are on, and that estimates are kept within.
public struct RatingScale: Hashable, Sendable {
    /// The least rating; finite.
    public let lower: Double
    /// The greatest rating; finite, at least `lower`.
    public let upper: Double

    /// Makes a scale from its ends.
    ///
    /// - Throws: `.invalidOption` when an end is not finite or beyond the limit of ratings, or `upper` is below `lower`.
    public init(lower: Double, upper: Double) throws(RecommenderError) {
        // NaN fails every comparison.
        guard lower <= upper, lower >= -RatingsReader.ratingLimit, upper <= RatingsReader.ratingLimit else {
            throw RecommenderError(
                .invalidOption, "\(lower) to \(upper) is not a rating scale",
                hint: "Give the least and the greatest rating, such as 1,5.")
        }
        self.lower = lower
        self.upper = upper
    }

    /// From half a star to five, as MovieLens has them; whole stars from one to five are on it, too.
    public static let halfStars = RatingScale(of: Column(copying: [0.5, 5]))

    /// From the least to the greatest of at least one rating.
    init(of ratings: Column<Double>) {
        guard let lower = ratings.min(), let upper = ratings.max() else { preconditionFailure("there is no scale without a rating") }
        self.lower = lower
        self.upper = upper
    }

    /// Makes a scale from text such as `0.5,5`.
    ///
    /// - Throws: `.invalidOption` when the text is not two numbers in order.
    public init(_ text: String) throws(RecommenderError) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let lower = DecimalNumber.parse(String(parts[0]).utf8.span),
            let upper = DecimalNumber.parse(String(parts[1]).utf8.span)
        else {
            throw RecommenderError(
                .invalidOption, "'\(text)' is not a rating scale", hint: "Give the least and the greatest rating, such as 1,5.")
        }
        try self.init(lower: lower, upper: upper)
    }

    /// The value on the scale that is nearest to `value`; `lower` for NaN.
    public func clip(_ value: Double) -> Double {
        if value >= upper { return upper }
        return value > lower ? value : lower
    }
}
