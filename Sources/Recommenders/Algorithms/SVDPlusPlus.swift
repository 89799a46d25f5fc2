internal import CKernels

/// SVD++: a factorisation in which a user is also described by which items they rated.
///
/// The estimate is μ + b_u + b_i + ⟨q_i, p_u + |I_u|^(-1/2) Σ y_j⟩, the sum over the items I_u that the user rated; a term whose user or
/// item was not trained on is dropped.
///
/// An epoch takes time proportional to the ratings, where Surprise's takes their number times that of the user's ratings: see
/// `descent.h`. Single precision, with the same bits on every machine.
///
/// - Source: Koren, "Factorization Meets the Neighborhood", 2008; defaults and order of Surprise's `SVDpp`.
public struct SVDPlusPlus: FoldingAlgorithm, Hashable {
    public static let name = "svdpp"

    /// Length of a factor row, 1 to `FactorEstimator.factorLimit`. Surprise's `n_factors`.
    public var factors = 20
    /// Passes over the ratings, at least 0. Surprise's `n_epochs`.
    public var epochs = 20
    /// How the factors' first values are drawn.
    var start = NormalStart()
    /// Step sizes. Surprise's `lr_…`.
    var learningRates = FactorRates(all: 0.007)
    /// Weights of the penalties on large parameters. Surprise's `reg_…`.
    var regularizations = FactorRates(all: 0.02)

    public static let options: [AlgorithmOption<SVDPlusPlus>] =
        [.integer("n_factors", \.factors, 1...FactorEstimator.factorLimit), .integer("n_epochs", \.epochs, 0...1_000_000)]
        + NormalStart.options.map { $0.lifted(to: \.start) }
        + (FactorRates.options(prefix: "lr", within: FactorRates.learningRange)
        + [.override("lr_yj", \.implicitFactors, FactorRates.learningRange)]).map { $0.lifted(to: \.learningRates) }
        + (FactorRates.options(prefix: "reg", within: FactorRates.regularizationRange)
        + [.override("reg_yj", \.implicitFactors, FactorRates.regularizationRange)]).map { $0.lifted(to: \.regularizations) }

    /// Makes the algorithm with Surprise's defaults.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> FactorEstimator {
        try validate()
        let stride = Kernels.stride(of: factors)
        var draws = start.draws()
        let userFactors = draws.rows(count: trainset.userCount, length: factors)
        let itemFactors = draws.rows(count: trainset.itemCount, length: factors)
        let implicitFactors = draws.rows(count: trainset.itemCount, length: factors)
        let userBiases = AlignedMemory<Float>(count: trainset.userCount)
        let itemBiases = AlignedMemory<Float>(count: trainset.itemCount)
        let scratch = AlignedMemory<Float>(count: 2 * stride)

        let factorisation = ck_factorisation(
            user_factors: userFactors.start, item_factors: itemFactors.start, user_biases: userBiases.start,
            item_biases: itemBiases.start, stride: stride, mean: Float(trainset.mean), biased: 1)
        trainset.withRatings { ratings in
            for _ in 0..<epochs {
                machine.kernels.svdpp_epoch(
                    factorisation, implicitFactors.start, scratch.start, ratings, learningRates.kernelRates, regularizations.kernelRates)
            }
        }
        addImplicit(implicitFactors, to: userFactors, trainset)
        return try FactorEstimator(
            learnt: factors, mean: trainset.mean, biased: true, userBiases: Column(userBiases), itemBiases: Column(itemBiases),
            userFactors: Column(userFactors), itemFactors: Column(itemFactors))
    }

    /// A new user's whole row is folded in at once, both what p_u and what the y_j would be.
    public func fold(_ newcomers: Newcomers, into fitted: FactorEstimator, on machine: Machine) throws(RecommenderError) -> FactorEstimator
    {
        try fitted.folding(newcomers, regularizations: regularizations, on: machine)
    }

    /// Turns each p_u into p_u + |I_u|^(-1/2) Σ y_j, which is all that estimates need.
    private func addImplicit(_ implicitFactors: AlignedMemory<Float>, to userFactors: AlignedMemory<Float>, _ trainset: Trainset) {
        let stride = Kernels.stride(of: factors)
        for user in 0..<trainset.userCount {
            let rated = trainset.byUser.group(user).others
            let weight = 1 / Float(rated.count).squareRoot()
            for item in rated {
                let item = Int(item)
                for column in 0..<factors {
                    userFactors.start[user * stride + column] += weight * implicitFactors.start[item * stride + column]
                }
            }
        }
    }
}
