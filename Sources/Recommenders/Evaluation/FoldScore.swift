/// How well an algorithm did on the ratings held out from its training.
public struct FoldScore: Codable, Hashable, Sendable {
    /// Root of the mean squared difference between estimate and rating, in units of the scale.
    public var rmse: Double
    /// Mean absolute difference between estimate and rating, in units of the scale.
    public var mae: Double
    /// Of the pairs of a user's test ratings that differ, the fraction that the estimates put in the same order; `nil` without such pairs.
    public var fcp: Double?
    /// How many ratings were trained on.
    public var trainRatings: Int
    /// How many ratings were estimated.
    public var testRatings: Int
    /// Seconds that fitting took, the data loaded and grouped; `nil` where times are left out.
    public var fitSeconds: Double?
    /// Seconds that the estimates took; `nil` where times are left out.
    public var testSeconds: Double?

    private enum CodingKeys: String, CodingKey {
        case rmse, mae, fcp
        case trainRatings = "train_ratings"
        case testRatings = "test_ratings"
        case fitSeconds = "fit_seconds"
        case testSeconds = "test_seconds"
    }
}

extension FoldScore {
    /// - Parameter predictions: At least one, of rows of the data set.
    init(_ predictions: [Evaluation.Prediction], of dataset: Dataset, trainRatings: Int, fitSeconds: Double, testSeconds: Double) {
        let errors = predictions.map { $0.estimate - dataset.ratings[$0.row] }
        let count = Double(errors.count)
        let fcp = UserErrors([predictions], of: dataset).total(of: 0).fcp
        self.init(
            rmse: (errors.reduce(0) { $0 + $1 * $1 } / count).squareRoot(), mae: errors.reduce(0) { $0 + abs($1) } / count,
            fcp: fcp.isNaN ? nil : fcp, trainRatings: trainRatings, testRatings: predictions.count, fitSeconds: fitSeconds,
            testSeconds: testSeconds)
    }
}
