/// A way to learn estimates of ratings: its options, and how to fit.
///
/// To add an algorithm, write a value with its options and `fit`, and an `Estimator` (or use one that is there); then name it in
/// `Algorithms`. `Tests/RecommendersTests/OwnAlgorithmTests.swift` is an example.
public protocol Algorithm: Sendable {
    /// What fitting gives.
    associatedtype Fitted: Estimator

    /// What the algorithm is called on the command line, in reports and in model files.
    static var name: String { get }

    /// Its options, named as in the Python library Surprise where that has them.
    static var options: [AlgorithmOption<Self>] { get }

    /// Makes the algorithm with its default options.
    init()

    /// Learns from ratings. The result depends on the options and the ratings alone.
    ///
    /// - Parameters:
    ///   - trainset: The ratings.
    ///   - machine: What to compute with; it makes no difference to the result.
    /// - Throws: `.invalidOption` when an option is out of range, `.diverged` when learning ran away.
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

    /// Sets an option from text. When this throws, nothing has changed.
    ///
    /// - Parameters:
    ///   - name: The option's name.
    ///   - value: Its value, as in Python.
    /// - Throws: `.invalidOption` when there is no such option, or the value is not one for it.
    public mutating func set(_ name: String, to value: String) throws(RecommenderError) {
        guard let option = Self.options.first(where: { $0.name == name }) else {
            let names = Self.options.map(\.name)
            throw RecommenderError(
                .invalidOption, "\(Self.name) has no option '\(name)'",
                hint: names.isEmpty ? "It has no options." : nearestNameHint(for: name, among: names, what: "Its options"))
        }
        try option.set(&self, value)
    }

    /// Checks that all options are in range; `fit` does so too.
    ///
    /// - Throws: `.invalidOption` for the first that is not.
    public func validate() throws(RecommenderError) {
        for option in Self.options { try option.validate(self) }
    }

    /// The options and their values, as `set` takes them; without those that follow another one.
    public var settings: [(name: String, value: String)] {
        Self.options.compactMap { option in option.text(self).map { (option.name, $0) } }
    }

    /// Whether it draws random numbers, which start where the option `random_state` says.
    public static var isRandom: Bool { options.contains { $0.name == "random_state" } }
}

extension Estimator {
    public func estimate(user: Int?, item: Int?, time: Int64?) -> Double? {
        estimate(user: user, item: item)
    }
}
