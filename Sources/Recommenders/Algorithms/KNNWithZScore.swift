/// As `KNNWithMeans`, with each one's ratings measured in their standard deviation; in that of all ratings where that is 0.
///
/// - Source: Surprise's `KNNWithZScore`.
public struct KNNWithZScore: Algorithm, Hashable {
    public static let name = "knn-with-zscore"

    /// Which neighbours count.
    var neighbourhood = Neighbourhood()

    public static let options: [AlgorithmOption<KNNWithZScore>] = Neighbourhood.options.map { $0.lifted(to: \.neighbourhood) }

    /// Makes the algorithm with Surprise's defaults.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> NeighbourEstimator {
        try validate()
        return try neighbourhood.fit(trainset, normalization: .zScore, on: machine)
    }
}
