#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Measures a ranking algorithm on pairs that were held out: all items are ranked, without those of the training set.
public struct RankingEvaluation: Sendable {
    private let dataset: Dataset
    private let trainset: Trainset
    /// The populations that are measured on their own: their names, and their inner users.
    private let populations: [(key: String, value: String, users: [Int])]
    /// For each inner user, the held-out items as inner numbers, -1 for those without training.
    private var heldOut: [Set<Int>]
    /// For each inner user, how many items were held out.
    private var heldOutCounts: [Int]

    /// - Parameters:
    ///   - dataset: All pairs.
    ///   - trainRows: The rows to train on.
    ///   - testRows: The rows held out. Those that are also trained on do not count.
    ///   - keys: What divides users into populations, which are measured on their own too.
    /// - Throws: `.noRatings` when there is nothing to train on, or no user to test.
    public init(
        of dataset: Dataset, train trainRows: some RandomAccessCollection<Int>, test testRows: some RandomAccessCollection<Int>,
        by keys: [PopulationKey] = []
    ) throws(RecommenderError) {
        self.dataset = dataset
        let trainset = try Trainset(dataset, rows: trainRows)
        self.trainset = trainset
        populations = keys.flatMap { key in
            key.divide(dataset, trainRows: [Array(trainRows)]).map { value, users in
                (key.name, value, users[0].compactMap { trainset.users.number(of: Int32($0)) })
            }
        }
        var outer = [Set<Int32>](repeating: [], count: trainset.userCount)
        for row in testRows {
            guard let user = trainset.users.number(of: dataset.userOfRow[row]) else { continue }
            outer[user].insert(dataset.itemOfRow[row])
        }
        heldOut = []
        heldOutCounts = []
        for (user, items) in outer.enumerated() {
            let liked = Set(trainset.byUser.group(user).others.map(Int.init))
            var inner: Set<Int> = []
            var count = 0
            for item in items {
                guard let number = trainset.itemNumbers.number(of: item) else {
                    // An item without training cannot be found, and is missed.
                    count += 1
                    continue
                }
                if !liked.contains(number) {
                    inner.insert(number)
                    count += 1
                }
            }
            heldOut.append(inner)
            heldOutCounts.append(count)
        }
        guard heldOutCounts.contains(where: { $0 > 0 }) else {
            throw RecommenderError(
                .noRatings, "There is no user to test", hint: "Test on items of users that are in the training file, which are not there.")
        }
    }

    /// Fits an algorithm, recommends to all users, and scores what it recommends.
    ///
    /// - Parameters:
    ///   - algorithm: What is measured.
    ///   - count: How many items are recommended to each user, at least 1.
    ///   - seed: Where its random numbers started, for the report.
    ///   - machine: What to compute with.
    /// - Returns: The scores, and the tested users' lists in the order of their first pairs.
    /// - Throws: What fitting throws.
    public func run(
        _ algorithm: some RankingAlgorithm, at count: Int, seed: UInt64, on machine: Machine = .whole
    ) throws(RecommenderError) -> (report: RankingReport, lists: [RankedList]) {
        let clock = ContinuousClock()
        let start = clock.now
        let ranker = try algorithm.fit(trainset, on: machine)
        let fitted = clock.now
        let lists = ranker.top(count, for: 0..<trainset.userCount, of: trainset, on: machine)
        let ranked = clock.now
        let report = report(
            on: lists, at: count, algorithm: type(of: algorithm).name, seed: seed, fitSeconds: (fitted - start) / .seconds(1),
            rankSeconds: (ranked - fitted) / .seconds(1))
        let tested = lists.indices.filter { heldOutCounts[$0] > 0 }
        return (
            report,
            tested.map { user in
                RankedList(user: Int(trainset.users.outer[user]), items: lists[user].map { Int(trainset.itemNumbers.outer[$0]) })
            }
        )
    }

    /// Scores lists, one for each inner user.
    func report(
        on lists: [[Int]], at count: Int, algorithm: String, seed: UInt64, fitSeconds: Double, rankSeconds: Double
    ) -> RankingReport {
        var scores = [RankingReport.UserScores?](repeating: nil, count: lists.count)
        var recommended = [Int](repeating: 0, count: trainset.itemCount)
        var novelty = 0.0
        let starts = trainset.byItem.starts
        let popularity = (0..<trainset.itemCount).map { starts[$0 + 1] - starts[$0] }
        for (user, list) in lists.enumerated() where heldOutCounts[user] > 0 {
            var gain = 0.0
            var hits = 0
            var first = 0
            for (position, item) in list.enumerated() {
                recommended[item] += 1
                novelty -= log2(Double(popularity[item]) / Double(trainset.userCount))
                guard heldOut[user].contains(item) else { continue }
                gain += 1 / log2(Double(position + 2))
                hits += 1
                if first == 0 { first = position + 1 }
            }
            let ideal = (0..<min(count, heldOutCounts[user])).reduce(0) { $0 + 1 / log2(Double($1 + 2)) }
            scores[user] = .init(
                ndcg: gain / ideal, recall: Double(hits) / Double(heldOutCounts[user]), precision: Double(hits) / Double(count),
                hitRate: hits > 0 ? 1 : 0, mrr: first > 0 ? 1 / Double(first) : 0)
        }
        let total = recommended.reduce(0, +)
        return RankingReport(
            algorithm: algorithm, seed: seed, at: count, measures: .init(scores.compactMap(\.self)),
            populations: populations.compactMap { key, value, users in
                let some = users.compactMap { scores[$0] }
                return some.isEmpty ? nil : .init(key: key, value: value, measures: .init(some))
            },
            coverage: Double(recommended.filter { $0 > 0 }.count) / Double(recommended.count),
            novelty: total > 0 ? novelty / Double(total) : 0, gini: Self.gini(recommended), fitSeconds: fitSeconds, rankSeconds: rankSeconds
        )
    }

    /// How unequal counts are: 0 when all are the same, near 1 when one has all.
    static func gini(_ counts: [Int]) -> Double {
        let sorted = counts.sorted()
        let total = Double(sorted.reduce(0, +))
        guard total > 0 else { return 0 }
        let count = Double(sorted.count)
        let weighted = sorted.enumerated().reduce(0.0) { $0 + (2 * Double($1.offset + 1) - count - 1) * Double($1.element) }
        return weighted / (count * total)
    }
}
