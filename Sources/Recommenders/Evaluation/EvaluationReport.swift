/// The scores of an algorithm over some folds.
public struct EvaluationReport: Codable, Hashable, Sendable {
    /// The algorithm's name.
    public var algorithm: String
    /// Where its random numbers started.
    public var seed: UInt64
    /// The folds' mean root mean squared error, each fold counting alike.
    public var rmse: Double
    /// The folds' mean absolute error, each fold counting alike.
    public var mae: Double
    /// Seconds that fitting took, all folds together.
    public var fitSeconds: Double
    /// Seconds that the estimates took, all folds together.
    public var testSeconds: Double
    /// One score for each fold, in order.
    public var folds: [FoldScore]

    /// Sums up folds.
    ///
    /// - Parameter folds: At least one.
    public init(algorithm: String, seed: UInt64, folds: [FoldScore]) {
        precondition(!folds.isEmpty, "a report is about at least one fold")
        self.algorithm = algorithm
        self.seed = seed
        self.folds = folds
        rmse = folds.reduce(0) { $0 + $1.rmse } / Double(folds.count)
        mae = folds.reduce(0) { $0 + $1.mae } / Double(folds.count)
        fitSeconds = folds.reduce(0) { $0 + $1.fitSeconds }
        testSeconds = folds.reduce(0) { $0 + $1.testSeconds }
    }

    private enum CodingKeys: String, CodingKey {
        case algorithm, seed, rmse, mae, folds
        case fitSeconds = "fit_seconds"
        case testSeconds = "test_seconds"
    }
}
