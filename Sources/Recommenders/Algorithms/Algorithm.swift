/// A way to learn estimates of ratings: its options, and how to fit.
///
/// To add an algorithm, write a value with its options and `fit`, and an `Estimator` (or use one that is there); then name it in
/// `Algorithms.all`, or from outside of the library register it. docs/algorithms.md walks through an example.
public protocol Algorithm: Configurable {
    /// What fitting gives.
    associatedtype Fitted: Estimator

    /// Learns from ratings. The result depends on the options and the ratings alone.
    ///
    /// - Parameters:
    ///   - trainset: The ratings.
    ///   - machine: What to compute with; it makes no difference to the result.
    /// - Throws: `.invalidOption` when an option is out of range, `.invalidInput` when there is more than it can take, `.diverged` when
    ///   learning ran away.
    func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> Fitted
}

/// Estimates ratings after fitting.
public protocol Estimator: Sendable {
    /// Estimates the rating that a user would give an item, not yet clipped to the scale of ratings.
    ///
    /// - Parameters:
    ///   - user: The user's inner number, or `nil` for one that was not trained on.
    ///   - item: The item's inner number, or `nil` for one that was not trained on.
    /// - Returns: A number, or `nil` where nothing can be said; the mean of all ratings stands in for it.
    func estimate(user: Int?, item: Int?) -> Double?

    /// The same for a rating given at a time, in seconds since 1970, if that is known. Most estimators make no difference.
    func estimate(user: Int?, item: Int?, time: Int64?) -> Double?

    /// What an estimate is made of.
    ///
    /// - Returns: Parts that add up, in their order, to what `estimate(user:item:)` gives, bit for bit, or why that is `nil`. An estimator
    ///   that tells nothing else has one part, the estimate.
    func parts(user: Int?, item: Int?) -> EstimateParts

    /// Adds what was learnt to a model file.
    func write(to sections: inout SectionWriter)

    /// Reads what was learnt from a model file, in place where possible.
    ///
    /// The file need not be trusted: whatever it holds, this throws or gives an estimator that never reads outside of it.
    ///
    /// - Throws: `.corruptModel` when it is not what `write` writes.
    init(from sections: SectionReader) throws(RecommenderError)
}

extension Algorithm {
    /// Learns from ratings with the whole machine.
    ///
    /// - Throws: `.invalidOption` when an option is out of range, `.diverged` when learning ran away.
    public func fit(_ trainset: Trainset) throws(RecommenderError) -> Fitted {
        try fit(trainset, on: .whole)
    }
}

extension Estimator {
    public func estimate(user: Int?, item: Int?, time: Int64?) -> Double? {
        estimate(user: user, item: item)
    }

    public func parts(user: Int?, item: Int?) -> EstimateParts {
        guard let estimate = estimate(user: user, item: item) else { return .nothing(because: "the algorithm says nothing of them") }
        return .sum([PartOfSum("estimate", "what the algorithm estimates", estimate)])
    }
}
