/// A way to divide ratings into those to train on and those to test on.
///
/// Where a user rated an item several times, only the last row takes part, so that no pair of user and item is both trained and tested on.
public enum RatingSplit: Hashable, Sendable {
    /// So many parts, drawn at random; each is tested on in turn, with all others trained on.
    case folds(Int)
    /// Of each user who has more, so many of the latest ratings are tested on. Others' later ratings are trained on.
    case last(Int)
    /// About this share of the ratings, the latest of all, is tested on. Nothing that is trained on is as late as anything tested on.
    case time(Double)

    /// The most folds.
    public static let foldLimit = 1000

    /// Makes a split from text: `folds=5`, `last=1`, `time=0.2`.
    ///
    /// - Throws: `.invalidOption` when the text is none of these, or its number out of range.
    public init(_ text: String) throws(RecommenderError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let value = parts.count == 2 ? parts[1] : ""
        switch (parts[0], Int(value), DecimalNumber.parse(value.utf8.span)) {
        case ("folds", let count?, _) where (2...Self.foldLimit).contains(count): self = .folds(count)
        case ("last", let count?, _) where (1...1000).contains(count): self = .last(count)
        case ("time", _, let share?) where share > 0 && share < 1: self = .time(share)
        default:
            throw RecommenderError(
                .invalidOption, "'\(text)' is not a split",
                hint: "Give folds=N (2 to \(Self.foldLimit)), last=N (1 to 1000) or time=SHARE (between 0 and 1).")
        }
    }

    /// Divides a data set.
    ///
    /// - Parameters:
    ///   - dataset: The ratings; all must have times for `time`, and either all or none for `last`, which then goes by their order.
    ///   - seed: Where the random numbers of `folds` start. They are NumPy's, so that Surprise's `KFold` of the same seed gives the same.
    /// - Returns: Row numbers to train on and to test on; one pair for each fold.
    /// - Throws: `.noRatings` when a part would be empty, `.invalidInput` when times are missing.
    public func divide(_ dataset: Dataset, seed: UInt64) throws(RecommenderError) -> [(train: [Int], test: [Int])] {
        let rows = dataset.lastRows
        let parts =
            switch self {
            case .folds(let count): Self.divide(rows, of: dataset, into: count, seed: seed)
            case .last(let count): [try Self.divide(rows, of: dataset, last: count)]
            case .time(let share): [try Self.divide(rows, of: dataset, latest: share)]
            }
        guard parts.allSatisfy({ !$0.train.isEmpty && !$0.test.isEmpty }) else {
            throw RecommenderError(
                .noRatings, "\(rows.count) ratings cannot be split by \(text): a part would be empty",
                hint: "Use more ratings, or another split.")
        }
        return parts
    }

    /// The split as `init` reads it.
    public var text: String {
        switch self {
        case .folds(let count): "folds=\(count)"
        case .last(let count): "last=\(count)"
        case .time(let share): "time=\(share)"
        }
    }

    private static func divide(_ rows: [Int], of dataset: Dataset, into count: Int, seed: UInt64) -> [(train: [Int], test: [Int])] {
        var shuffled = rows
        var generator = MersenneTwister(seed: seed)
        for position in stride(from: shuffled.count - 1, to: 0, by: -1) {
            shuffled.swapAt(position, generator.next(below: position + 1))
        }
        var start = 0
        return (0..<count).map { fold in
            let end = start + shuffled.count / count + (fold < shuffled.count % count ? 1 : 0)
            defer { start = end }
            return (Array(shuffled[..<start] + shuffled[end...]), Array(shuffled[start..<end]))
        }
    }

    private static func divide(_ rows: [Int], of dataset: Dataset, last count: Int) throws(RecommenderError) -> (train: [Int], test: [Int])
    {
        let times = rows.map { dataset.time(of: $0) }
        let known = times.count { $0 != nil }
        guard known == 0 || known == rows.count else { throw missingTimes(rows.count - known) }
        var rowsOfUser = [[Int]](repeating: [], count: dataset.users.count)
        for (position, row) in rows.enumerated() { rowsOfUser[Int(dataset.userOfRow[row])].append(position) }
        var isTested = [Bool](repeating: false, count: rows.count)
        for positions in rowsOfUser where positions.count > count {
            // Ratings of the same second are as late as their rows say.
            let latest = positions.sorted { (times[$0] ?? 0, $0) < (times[$1] ?? 0, $1) }.suffix(count)
            for position in latest { isTested[position] = true }
        }
        return (rows.indices.filter { !isTested[$0] }.map { rows[$0] }, rows.indices.filter { isTested[$0] }.map { rows[$0] })
    }

    private static func divide(_ rows: [Int], of dataset: Dataset, latest share: Double) throws(RecommenderError)
        -> (train: [Int], test: [Int])
    {
        let times = rows.compactMap { dataset.time(of: $0) }
        guard times.count == rows.count else { throw missingTimes(rows.count - times.count) }
        guard !times.isEmpty else { return ([], []) }
        // All ratings of the cut's second are tested on: a second is never on both sides.
        let cut = times.sorted()[min(Int((Double(times.count) * (1 - share)).rounded()), times.count - 1)]
        return (
            rows.indices.filter { times[$0] < cut }.map { rows[$0] }, rows.indices.filter { times[$0] >= cut }.map { rows[$0] }
        )
    }

    private static func missingTimes(_ count: Int) -> RecommenderError {
        RecommenderError(
            .invalidInput, "\(count) of the ratings have no timestamp",
            hint: "Give each line a fourth field, seconds since 1970, or use folds=N.")
    }
}
