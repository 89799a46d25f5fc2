/// A way to learn estimates of ratings: its options, and how to fit.
///
/// To add an algorithm, write a value with its options and `fit`, and an `Estimator`; then name it in `Algorithms`.
public protocol Algorithm: Sendable {
    /// What fitting gives.
    associatedtype Fitted: Estimator

    /// What the algorithm is called on the command line and in reports.
    static var name: String { get }

    /// Sets an option from text.
    ///
    /// - Parameters:
    ///   - option: Its name, as in the Python library Surprise.
    ///   - value: Its value, as in Python.
    /// - Throws: `.invalidOption` when there is no such option, or the value is not one for it.
    mutating func set(_ option: String, to value: String) throws(RecommenderError)

    /// Learns from ratings. The result depends on the options and the ratings alone.
    ///
    /// - Throws: `.invalidOption` when an option is out of range, `.diverged` when learning ran away.
    func fit(_ trainset: Trainset) throws(RecommenderError) -> Fitted
}

/// Estimates ratings after fitting.
public protocol Estimator: Sendable {
    /// Estimates the rating that a user would give an item, not yet clipped to the scale of ratings.
    ///
    /// - Parameters:
    ///   - user: The user's inner number, or `nil` for one that was not trained on.
    ///   - item: The item's inner number, or `nil` for one that was not trained on.
    /// - Returns: A finite number, or `nil` where nothing can be said; the mean of all ratings stands in for it.
    func estimate(user: Int?, item: Int?) -> Double?
}
