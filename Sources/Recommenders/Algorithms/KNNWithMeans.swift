/// Estimates the own mean, plus the mean of how far the nearest neighbours' ratings are from theirs, weighted by similarity.
///
/// - Source: Surprise's `KNNWithMeans`.
public struct KNNWithMeans: Algorithm, Hashable {
    public static let name = "knn-with-means"

    /// Which neighbours count.
    var neighbourhood = Neighbourhood()

    public static let options: [AlgorithmOption<KNNWithMeans>] = Neighbourhood.options.map { $0.lifted(to: \.neighbourhood) }

    /// Makes the algorithm with Surprise's defaults.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> NeighbourEstimator {
        try validate()
        return try neighbourhood.fit(trainset, normalization: .mean, on: machine)
    }
}
