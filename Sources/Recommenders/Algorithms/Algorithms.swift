/// The algorithms that there are, by name.
public enum Algorithms {
    /// All of them, in alphabetical order of their names.
    public static let all: [any Algorithm.Type] = [
        BaselineOnly.self, BayesianFactorisation.self, CoClustering.self, KNNBaseline.self, KNNBasic.self, KNNWithMeans.self,
        KNNWithZScore.self, NMF.self,
        NormalPredictor.self, SlopeOne.self, SVD.self, SVDPlusPlus.self,
    ]

    /// The names.
    public static let names = all.map { $0.name }

    /// Makes an algorithm with its default options.
    ///
    /// - Parameters:
    ///   - name: One of `names`.
    ///   - seed: Where its random numbers start, if it draws any.
    /// - Throws: `.invalidOption` when there is no such algorithm.
    public static func named(_ name: String, seed: UInt64 = 0) throws(RecommenderError) -> any Algorithm {
        guard let type = all.first(where: { $0.name == name }) else {
            throw RecommenderError(
                .invalidOption, "There is no algorithm '\(name)'", hint: nearestNameHint(for: name, among: names, what: "The algorithms"))
        }
        var algorithm: any Algorithm = type.init()
        if type.isRandom { try algorithm.set("random_state", to: "\(seed)") }
        return algorithm
    }
}
