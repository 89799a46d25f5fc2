/// A way to learn which items a user will like next, from which they liked before; how much makes no difference.
///
/// To add one, write a value with its options and `fit`, and a `Ranker`; then name it in `RankingAlgorithms`.
public protocol RankingAlgorithm: Configurable {
    /// What fitting gives.
    associatedtype Fitted: Ranker

    /// Learns from which user liked which items: the pairs of a training set. The result depends on the options and the pairs alone.
    ///
    /// - Parameters:
    ///   - trainset: The pairs.
    ///   - machine: What to compute with; it makes no difference to the result.
    /// - Throws: `.invalidOption` when an option is out of range, `.invalidInput` when there is more than it can take, `.diverged` when
    ///   learning ran away.
    func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> Fitted
}

/// Scores items for users after fitting.
public protocol Ranker: ItemScorer {
    /// What a score is made of.
    ///
    /// - Parameters:
    ///   - score: What `score` gives the item for the user.
    ///   - user: An inner number.
    ///   - item: An inner number.
    /// - Returns: Parts that add up to `score.shortestDouble`. A ranker that tells nothing else has one part, the score.
    func parts(of score: Float, user: Int, item: Int) -> [PartOfSum]

    /// Adds what was learnt to a model file, beside who liked what, which every such file has.
    func write(to sections: inout SectionWriter)

    /// Reads what was learnt from a model file, in place where possible.
    ///
    /// The file need not be trusted: whatever it holds, this throws or gives a ranker that never looks outside of it.
    ///
    /// - Throws: `.corruptModel` when it is not what `write` writes.
    init(from sections: SectionReader) throws(RecommenderError)
}

extension Ranker {
    public func parts(of score: Float, user: Int, item: Int) -> [PartOfSum] {
        [PartOfSum("score", "what the algorithm ranks by", score.shortestDouble)]
    }
}

/// Scores items for users.
public protocol ItemScorer: Sendable {
    /// Scores all items for some users; the larger, the more the user will like the item.
    ///
    /// - Parameters:
    ///   - users: Inner numbers.
    ///   - scores: A row for each of the users, with a place for each inner item; zero at first.
    ///   - stride: Places from one row to the next, at least the number of items, a multiple of 16.
    func score(_ users: Range<Int>, into scores: inout [Float], stride: Int)
}

/// The ranking algorithms that there are, by name.
public enum RankingAlgorithms {
    /// All of them, in alphabetical order of their names.
    public static let all: [any RankingAlgorithm.Type] = [
        Blend.self, EASE.self, ImplicitALS.self, ItemNeighbours.self, Popularity.self, UserNeighbours.self,
    ]

    /// The names.
    public static let names = all.map { $0.name }

    /// Makes an algorithm with its default options.
    ///
    /// - Parameters:
    ///   - name: One of `names`.
    ///   - seed: Where its random numbers start, if it draws any.
    /// - Throws: `.invalidOption` when there is no such algorithm.
    public static func named(_ name: String, seed: UInt64 = 0) throws(RecommenderError) -> any RankingAlgorithm {
        guard let type = all.first(where: { $0.name == name }) else {
            throw RecommenderError(
                .invalidOption, "There is no ranking algorithm '\(name)'",
                hint: nearestNameHint(for: name, among: names, what: "The ranking algorithms"))
        }
        var algorithm: any RankingAlgorithm = type.init()
        if type.isRandom { try algorithm.set("random_state", to: "\(seed)") }
        return algorithm
    }
}
