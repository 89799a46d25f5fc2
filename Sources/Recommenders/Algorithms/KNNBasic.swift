/// Estimates the mean of how the nearest neighbours rated, weighted by similarity.
///
/// Without enough neighbours, nothing can be said.
///
/// - Source: Surprise's `KNNBasic`.
public struct KNNBasic: Algorithm, Hashable {
    public static let name = "knn-basic"

    /// Which neighbours count.
    var neighbourhood = Neighbourhood()

    public static let options: [AlgorithmOption<KNNBasic>] = Neighbourhood.options.map { $0.lifted(to: \.neighbourhood) }

    /// Makes the algorithm with Surprise's defaults.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> NeighbourEstimator {
        try validate()
        return try neighbourhood.fit(trainset, normalization: .none, on: machine)
    }
}
