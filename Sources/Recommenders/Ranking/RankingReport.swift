/// How well a ranking algorithm found what users liked next. The definitions are in docs/metrics.md.
public struct RankingReport: Hashable, Sendable {
    /// A mean over users, and the interval that holds the true one with a probability of 95 %, as far as users are alike.
    public struct Mean: Codable, Hashable, Sendable {
        public var mean: Double
        public var low: Double
        public var high: Double

        /// - Parameter values: One for each user, at least one.
        init(_ values: [Double]) {
            let count = Double(values.count)
            let mean = values.reduce(0, +) / count
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
            let reach = 1.96 * (variance / count).squareRoot()
            self.mean = mean
            low = mean - reach
            high = mean + reach
        }
    }

    /// How well one user's list did.
    struct UserScores: Sendable {
        var ndcg, recall, precision, hitRate, mrr: Double
    }

    /// Means over some users.
    public struct Measures: Codable, Hashable, Sendable {
        /// How many users were tested.
        public var users: Int
        public var ndcg: Mean
        public var recall: Mean
        public var precision: Mean
        public var hitRate: Mean
        public var mrr: Mean

        /// - Parameter scores: At least one.
        init(_ scores: [UserScores]) {
            users = scores.count
            ndcg = Mean(scores.map(\.ndcg))
            recall = Mean(scores.map(\.recall))
            precision = Mean(scores.map(\.precision))
            hitRate = Mean(scores.map(\.hitRate))
            mrr = Mean(scores.map(\.mrr))
        }

        private enum CodingKeys: String, CodingKey {
            case users, ndcg, recall, precision, mrr
            case hitRate = "hit_rate"
        }
    }

    /// The algorithm's name.
    public var algorithm: String
    /// The options that were set, as text; `nil` where that is not told.
    public var options: [String: String]?
    /// Where its random numbers started.
    public var seed: UInt64
    /// How many items were recommended to each user.
    public var at: Int
    /// The measures of all users that were tested: those with a training item and a test item. In JSON they stand beside the rest.
    public var measures: Measures
    /// Populations, by key in the order asked for, then by value.
    public var populations: [Population<Measures>]
    public var coverage: Double
    public var novelty: Double
    public var gini: Double
    /// Seconds that fitting took, the data loaded and grouped; `nil` where times are left out.
    public var fitSeconds: Double?
    /// Seconds that the recommendations to all users took; `nil` where times are left out.
    public var rankSeconds: Double?

    /// The report without its times: that of equal input is equal.
    public var untimed: RankingReport {
        var report = self
        report.fitSeconds = nil
        report.rankSeconds = nil
        return report
    }
}

extension RankingReport: Codable {
    private enum CodingKeys: String, CodingKey {
        case algorithm, options, seed, at, populations, coverage, novelty, gini
        case fitSeconds = "fit_seconds"
        case rankSeconds = "rank_seconds"
    }

    public init(from decoder: any Decoder) throws {
        measures = try Measures(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        algorithm = try container.decode(String.self, forKey: .algorithm)
        options = try container.decodeIfPresent([String: String].self, forKey: .options)
        seed = try container.decode(UInt64.self, forKey: .seed)
        at = try container.decode(Int.self, forKey: .at)
        populations = try container.decode([Population<Measures>].self, forKey: .populations)
        coverage = try container.decode(Double.self, forKey: .coverage)
        novelty = try container.decode(Double.self, forKey: .novelty)
        gini = try container.decode(Double.self, forKey: .gini)
        fitSeconds = try container.decodeIfPresent(Double.self, forKey: .fitSeconds)
        rankSeconds = try container.decodeIfPresent(Double.self, forKey: .rankSeconds)
    }

    public func encode(to encoder: any Encoder) throws {
        try measures.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(algorithm, forKey: .algorithm)
        try container.encodeIfPresent(options, forKey: .options)
        try container.encode(seed, forKey: .seed)
        try container.encode(at, forKey: .at)
        try container.encode(populations, forKey: .populations)
        try container.encode(coverage, forKey: .coverage)
        try container.encode(novelty, forKey: .novelty)
        try container.encode(gini, forKey: .gini)
        try container.encodeIfPresent(fitSeconds, forKey: .fitSeconds)
        try container.encodeIfPresent(rankSeconds, forKey: .rankSeconds)
    }
}
