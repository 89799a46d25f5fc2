/// A trained model of either kind, asked for the best items of users.
///
/// A model that ranks scores items as its algorithm does, one that estimates ratings by its estimates. Users that a model does not know get the
/// items that most users liked, or of a model that estimates ratings those with the best estimates for somebody unknown; nothing where it
/// has none.
public struct Recommender: Sendable {
    /// A user's best items.
    public struct List: Codable, Hashable, Sendable {
        public var user: String
        /// The best first, among equals those that appeared first in training.
        public var items: [String]
        /// For each item, its estimate by a model that estimates ratings, or else what the model ranks by; `nil` where nobody asked.
        public var scores: [Double]?

        /// Lines of CSV (RFC 4180, ending with LF): `user,item` for each item, or `user,item,score`.
        public var csv: String {
            let user = csvField(user)
            return items.indices.map { place in
                "\(user),\(csvField(items[place]))\(scores.map { ",\($0[place])" } ?? "")\n"
            }.joined()
        }
    }

    /// What users have already, as the inner numbers of items.
    public struct Seen: Sendable {
        /// For each inner user.
        fileprivate let known: Lists
        /// For users that the model does not know.
        fileprivate let strangers: [String: [Int32]]
    }

    private let users: IdentifierIndex
    private let items: IdentifierIndex
    private let scorer: any ItemScorer
    /// For each user, the items of training, which only a model that ranks keeps.
    private let trained: Lists?
    /// For each item, its score for users that the model does not know.
    private let common: [Float]?
    /// What estimates; `nil` where the model ranks.
    private let estimates: RatingModel?

    /// A recommender that goes by what an algorithm that ranks has learnt.
    public init(_ model: RankingModel) {
        users = model.users
        items = model.items
        scorer = model.ranker
        trained = model.seen
        common = Array(model.likes)
        estimates = nil
    }

    /// A recommender that goes by estimates of ratings.
    public init(_ model: RatingModel) {
        users = model.users
        items = model.items
        trained = nil
        estimates = model
        let estimator = model.estimator
        scorer =
            if let factors = estimator as? FactorEstimator {
                FactorScorer(factors)
            } else {
                EstimateScorer(estimator: estimator, mean: model.mean, itemCount: model.itemCount)
            }
        let common = (0..<model.itemCount).map { estimator.estimate(user: nil, item: $0).map { Float($0) } }
        self.common = common.allSatisfy { $0 == nil } ? nil : common.map { $0 ?? Float(model.mean) }
    }

    /// Opens a model file by mapping it into memory.
    ///
    /// - Parameters:
    ///   - path: The file; see `RatingModel`.
    ///   - verifying: Whether to compare checksums first. Without, a model of any size opens in milliseconds.
    /// - Throws: `.io` when it cannot be read, `.corruptModel` or `.unsupportedModel`, naming the file, when it is not a model of this
    ///   version.
    public init(contentsOf path: String, verifying: Bool = true) throws(RecommenderError) {
        self = try SectionFile.open(path) { (file) throws(RecommenderError) in
            try ModelSettings(try file.content(of: "settings")).estimates == nil
                ? Recommender(RankingModel(file, verifying: verifying)) : Recommender(RatingModel(file, verifying: verifying))
        }
    }

    /// How many users the model knows.
    public var userCount: Int { users.count }
    /// Whether the model knows which items users have from training.
    public var knowsSeen: Bool { trained != nil }
    /// Whether the model knows a user.
    public func knows(_ user: String) -> Bool { users.number(of: user.utf8.span) != nil }

    /// What users have, by the pairs of a data set. Items that the model does not know are not in any list.
    public func seen(in dataset: Dataset) -> Seen {
        var known = [[Int32]](repeating: [], count: users.count)
        var strangers: [String: [Int32]] = [:]
        let itemNumbers = (0..<dataset.items.count).map { item in dataset.items.withBytes(of: item) { items.number(of: $0) } }
        let userNumbers = (0..<dataset.users.count).map { user in dataset.users.withBytes(of: user) { users.number(of: $0) } }
        for row in 0..<dataset.rowCount {
            guard let item = itemNumbers[Int(dataset.itemOfRow[row])] else { continue }
            if let user = userNumbers[Int(dataset.userOfRow[row])] {
                known[user].append(Int32(item))
            } else {
                strangers[dataset.users[Int(dataset.userOfRow[row])], default: []].append(Int32(item))
            }
        }
        var starts = [0]
        for list in known { starts.append(starts[starts.count - 1] + list.count) }
        return Seen(
            known: Lists(starts: Column(copying: starts), members: Column(copying: known.flatMap(\.self))), strangers: strangers)
    }

    /// The best items for some users.
    ///
    /// - Parameters:
    ///   - count: The most items for each user, at least 1.
    ///   - names: The users.
    ///   - seen: Items to leave out beside those of training.
    ///   - keepingTrained: Whether items of training stay in.
    ///   - scoring: Whether lists have scores.
    ///   - machine: What to compute with; it makes no difference to the result.
    /// - Returns: A list for each of the users.
    public func lists(
        _ count: Int, for names: [String], without seen: Seen? = nil, keepingTrained: Bool = false, scoring: Bool = false,
        on machine: Machine = .whole
    ) -> [List] {
        let without = excluded(seen, keepingTrained)
        let found = FoundItems(lists: names.count, count: count)
        machine.forEach(names.count, chunk: 1) { positions in
            for position in positions {
                if let user = users.number(of: names[position].utf8.span) {
                    scorer.find(for: user..<user + 1, among: items.count, without: without, into: found, at: position, machine.kernels)
                } else if var scores = common {
                    for item in seen?.strangers[names[position]] ?? [] { scores[Int(item)] = -.infinity }
                    found.choose(scores[...], at: position, machine.kernels)
                }
            }
        }
        return names.indices.map { position in
            List(
                user: names[position], items: found[position].map { items[Int($0)] },
                scores: scoring ? scores(of: found, at: position, for: users.number(of: names[position].utf8.span)) : nil)
        }
    }

    /// Hands the best items of each user that the model knows to `body`, in the order of their first appearance in training.
    ///
    /// Memory does not grow with the number of users.
    ///
    /// - Parameters:
    ///   - count: The most items for each user, at least 1.
    ///   - seen: Items to leave out beside those of training.
    ///   - keepingTrained: Whether items of training stay in.
    ///   - scoring: Whether lists have scores.
    ///   - machine: What to compute with; it makes no difference to the result.
    public func forEachList<Failure>(
        _ count: Int, without seen: Seen? = nil, keepingTrained: Bool = false, scoring: Bool = false, on machine: Machine = .whole,
        _ body: (List) throws(Failure) -> Void
    ) throws(Failure) {
        let without = excluded(seen, keepingTrained)
        let names = (0..<items.count).map { items[$0] }
        for start in Swift.stride(from: 0, to: users.count, by: Self.block) {
            let block = start..<min(start + Self.block, users.count)
            let found = FoundItems(lists: block.count, count: count)
            machine.forEach(block.count, chunk: FoundItems.chunk) { positions in
                let some = start + positions.lowerBound..<start + positions.upperBound
                scorer.find(for: some, among: items.count, without: without, into: found, at: positions.lowerBound, machine.kernels)
            }
            for (position, user) in block.enumerated() {
                let scores = scoring ? scores(of: found, at: position, for: user) : nil
                try body(List(user: users[user], items: found[position].map { names[Int($0)] }, scores: scores))
            }
        }
    }

    /// Users whose lists are in memory at once.
    private static let block = 8192

    private func scores(of found: FoundItems, at list: Int, for user: Int?) -> [Double] {
        if let estimates { return found[list].map { estimates.estimate(user, Int($0), time: nil) } }
        return found.scores(of: list).map { $0.shortestDouble }
    }

    private func excluded(_ seen: Seen?, _ keepingTrained: Bool) -> [Lists] {
        [keepingTrained ? nil : trained, seen?.known].compactMap(\.self)
    }
}

/// Scores items as a factorisation estimates them, less what is the same for all items of a user.
private struct FactorScorer: PartialItemScorer {
    private let products: FactorRanker
    private let biases: Column<Float>

    init(_ estimator: FactorEstimator) {
        biases = estimator.itemBiases
        products = FactorRanker(
            users: estimator.userFactors, items: estimator.itemFactors, itemCount: biases.count, factors: estimator.factors,
            kernels: .widest)
    }

    var itemCount: Int { biases.count }

    func score(_ users: Range<Int>, into scores: inout [Float], stride: Int) {
        scoreAll(users, into: &scores, stride: stride)
    }

    func score(_ users: Range<Int>, _ items: Range<Int>, into scores: UnsafeMutablePointer<Float>, stride: Int) {
        for row in 0..<users.count { (scores + row * stride).update(from: biases.start + items.lowerBound, count: items.count) }
        products.score(users, items, into: scores, stride: stride)
    }
}

/// Scores items one estimate after the other, as any estimator can.
private struct EstimateScorer: ItemScorer {
    let estimator: any Estimator
    let mean: Double
    let itemCount: Int

    func score(_ users: Range<Int>, into scores: inout [Float], stride: Int) {
        for (row, user) in users.enumerated() {
            for item in 0..<itemCount { scores[row * stride + item] = Float(estimator.estimate(user: user, item: item) ?? mean) }
        }
    }
}
