/// How well an algorithm did on the ratings held out from its training.
public struct FoldScore: Codable, Hashable, Sendable {
    /// Root of the mean squared difference between estimate and rating, in units of the scale.
    public var rmse: Double
    /// Mean absolute difference between estimate and rating, in units of the scale.
    public var mae: Double
    /// How many ratings were trained on.
    public var trainRatings: Int
    /// How many ratings were estimated.
    public var testRatings: Int
    /// Seconds that fitting took, the data loaded and grouped.
    public var fitSeconds: Double
    /// Seconds that the estimates took.
    public var testSeconds: Double

    private enum CodingKeys: String, CodingKey {
        case rmse, mae
        case trainRatings = "train_ratings"
        case testRatings = "test_ratings"
        case fitSeconds = "fit_seconds"
        case testSeconds = "test_seconds"
    }
}
