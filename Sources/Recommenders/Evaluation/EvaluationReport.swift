/// The scores of an algorithm over some folds. docs/metrics.md has the definitions.
public struct EvaluationReport: Codable, Hashable, Sendable {
    /// Measures over some users, each fold counting alike.
    public struct Measures: Codable, Hashable, Sendable {
        /// How many users have test ratings.
        public var users: Int
        /// How many test ratings they have, all folds together.
        public var ratings: Int
        public var rmse: Double
        public var mae: Double
        /// Fraction of concordant pairs; `nil` where no user has two different ratings.
        public var fcp: Double?
        public var intervals: Intervals
    }

    /// How sure measures are.
    public struct Intervals: Codable, Hashable, Sendable {
        public var rmse: Interval
        public var mae: Interval
        public var fcp: Interval?
    }

    /// The algorithm's name.
    public var algorithm: String
    /// The options that were set, as text; `nil` where that is not told.
    public var options: [String: String]?
    /// Where its random numbers started, and those of the intervals.
    public var seed: UInt64
    /// The folds' mean root mean squared error, each fold counting alike.
    public var rmse: Double
    /// The folds' mean absolute error, each fold counting alike.
    public var mae: Double
    /// The folds' mean fraction of concordant pairs; `nil` where no user has two different ratings.
    public var fcp: Double?
    /// How sure the means are.
    public var intervals: Intervals?
    /// Populations, by key in the order asked for, then by value.
    public var populations: [Population<Measures>] = []
    /// Seconds that fitting took, all folds together; `nil` where times are left out.
    public var fitSeconds: Double?
    /// Seconds that the estimates took, all folds together; `nil` where times are left out.
    public var testSeconds: Double?
    /// One score for each fold, in order.
    public var folds: [FoldScore]

    /// Sums up folds, without intervals and populations.
    ///
    /// - Parameter folds: At least one.
    public init(algorithm: String, seed: UInt64, folds: [FoldScore]) {
        precondition(!folds.isEmpty, "a report is about at least one fold")
        self.algorithm = algorithm
        self.seed = seed
        self.folds = folds
        rmse = folds.reduce(0) { $0 + $1.rmse } / Double(folds.count)
        mae = folds.reduce(0) { $0 + $1.mae } / Double(folds.count)
        let pairs = folds.compactMap(\.fcp)
        fcp = pairs.isEmpty ? nil : pairs.reduce(0, +) / Double(pairs.count)
        fitSeconds = folds.reduce(0) { $0 + ($1.fitSeconds ?? 0) }
        testSeconds = folds.reduce(0) { $0 + ($1.testSeconds ?? 0) }
    }

    /// Adds intervals, and the populations of some keys.
    ///
    /// - Parameters:
    ///   - predictions: For each fold, what was estimated.
    ///   - trainRows: For each fold, the rows that were trained on.
    ///   - dataset: The data set that the rows belong to.
    ///   - keys: What divides users into populations.
    ///   - machine: What to compute with; it makes no difference.
    public mutating func detail(
        _ predictions: [[Evaluation.Prediction]], trainRows: [[Int]], of dataset: Dataset, by keys: [PopulationKey],
        on machine: Machine = .whole
    ) {
        let errors = UserErrors(predictions, of: dataset)
        let everybody = [[Int]](repeating: Array(0..<dataset.users.count), count: predictions.count)
        intervals = errors.measures(of: everybody, seed: seed, on: machine)?.intervals
        for key in keys {
            for (value, members) in key.divide(dataset, trainRows: trainRows) {
                guard let measures = errors.measures(of: members, seed: seed, on: machine) else { continue }
                populations.append(Population(key: key.name, value: value, measures: measures))
            }
        }
    }

    /// The report without its times: that of equal input is equal.
    public var untimed: EvaluationReport {
        var report = self
        report.fitSeconds = nil
        report.testSeconds = nil
        for fold in report.folds.indices {
            report.folds[fold].fitSeconds = nil
            report.folds[fold].testSeconds = nil
        }
        return report
    }

    private enum CodingKeys: String, CodingKey {
        case algorithm, options, seed, rmse, mae, fcp, intervals, populations, folds
        case fitSeconds = "fit_seconds"
        case testSeconds = "test_seconds"
    }
}
