/// Estimates the baseline, plus the mean of how far the nearest neighbours' ratings are from theirs, weighted by similarity.
///
/// - Source: Koren, "Factor in the Neighbors", 2010, section 2.2; Surprise's `KNNBaseline`.
public struct KNNBaseline: Algorithm, Hashable {
    public static let name = "knn-baseline"

    /// Which neighbours count.
    var neighbourhood = Neighbourhood()

    public static let options: [AlgorithmOption<KNNBaseline>] = Neighbourhood.options.map { $0.lifted(to: \.neighbourhood) }

    /// Makes the algorithm with Surprise's defaults.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> NeighbourEstimator {
        try validate()
        return try neighbourhood.fit(trainset, normalization: .baseline, on: machine)
    }
}
