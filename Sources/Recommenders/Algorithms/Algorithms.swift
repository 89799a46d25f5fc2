import Synchronization

/// The algorithms that there are, by name.
public enum Algorithms {
    /// Those of this library, in alphabetical order of their names.
    public static let all: [any Algorithm.Type] = [
        BaselineOnly.self, BayesianFactorisation.self, CoClustering.self, KNNBaseline.self, KNNBasic.self, KNNWithMeans.self,
        KNNWithZScore.self, NMF.self,
        NormalPredictor.self, SlopeOne.self, SVD.self, SVDPlusPlus.self,
    ]

    /// The names of those.
    public static let names = all.map { $0.name }

    private static let registered = Mutex<[any Algorithm.Type]>([])

    /// Those of this library and those registered.
    static var known: [any Algorithm.Type] { all + registered.withLock(\.self) }

    /// Makes an algorithm of one's own known by its name, so that models of it are read from files, too.
    ///
    /// - Throws: `.invalidOption` when another algorithm has that name, or it cannot stand in a model file.
    public static func register(_ type: (some Algorithm).Type) throws(RecommenderError) {
        guard !type.name.isEmpty, !type.name.contains(where: { $0.isWhitespace }) else {
            throw RecommenderError(.invalidOption, "'\(type.name)' is not a name for an algorithm", hint: "Use a word without spaces.")
        }
        let taken = registered.withLock { registered in
            if let other = (all + registered).first(where: { $0.name == type.name }) { return other != type }
            registered.append(type)
            return false
        }
        guard !taken else {
            throw RecommenderError(.invalidOption, "There is another algorithm '\(type.name)'", hint: "Choose another name.")
        }
    }

    /// Makes an algorithm with its default options.
    ///
    /// - Parameters:
    ///   - name: One of `names`, or of those registered.
    ///   - seed: Where its random numbers start, if it draws any.
    /// - Throws: `.invalidOption` when there is no such algorithm.
    public static func named(_ name: String, seed: UInt64 = 0) throws(RecommenderError) -> any Algorithm {
        guard let type = known.first(where: { $0.name == name }) else {
            throw RecommenderError(
                .invalidOption, "There is no algorithm '\(name)'",
                hint: nearestNameHint(for: name, among: known.map { $0.name }, what: "The algorithms"))
        }
        var algorithm: any Algorithm = type.init()
        if type.isRandom { try algorithm.set("random_state", to: "\(seed)") }
        return algorithm
    }
}
