internal import CKernels

/// Matrix factorisation with biases, fitted by stochastic gradient descent; "SVD" as the Netflix prize made it known.
///
/// The estimate is μ + b_u + b_i + ⟨p_u, q_i⟩; a term whose user or item was not trained on is dropped. Each step moves
/// a rating's biases and factors against the gradient of the squared error plus the regularisation times their squares. Epochs go
/// through the ratings user by user, in the training set's order, which is not shuffled. `DescentPlan` has them done on several threads.
///
/// Arithmetic is single precision, with the same bits on every machine: see `CKernels.h`. Estimates agree with those of Surprise's
/// `SVD`, which computes in double precision, for the same options, seed and order of ratings, to some four digits after the point.
///
/// - Source: Koren, Bell and Volinsky, "Matrix Factorization Techniques for Recommender Systems", 2009; defaults and order of
///   Surprise's `SVD`.
public struct SVD: WarmStartingAlgorithm, FoldingAlgorithm, Hashable {
    public static let name = "svd"

    /// Length of a factor row, 1 to `FactorEstimator.factorLimit`. Surprise's `n_factors`.
    public var factors = 100
    /// Passes over the ratings, at least 0. Surprise's `n_epochs`.
    public var epochs = 20
    /// Whether there are a mean and biases; without them the estimate is ⟨p_u, q_i⟩ alone. Surprise's `biased`.
    public var biased = true
    /// How the factors' first values are drawn.
    var start = NormalStart()
    /// Step sizes. Surprise's `lr_…`.
    var learningRates = FactorRates(all: 0.005)
    /// Weights of the penalties on large parameters. Surprise's `reg_…`.
    var regularizations = FactorRates(all: 0.02)

    public static let options: [AlgorithmOption<SVD>] =
        [
            .integer("n_factors", \.factors, 1...FactorEstimator.factorLimit), .integer("n_epochs", \.epochs, 0...1_000_000),
            .flag("biased", \.biased),
        ] + NormalStart.options.map { $0.lifted(to: \.start) }
        + FactorRates.options(prefix: "lr", within: FactorRates.learningRange).map { $0.lifted(to: \.learningRates) }
        + FactorRates.options(prefix: "reg", within: FactorRates.regularizationRange).map { $0.lifted(to: \.regularizations) }

    /// Makes the algorithm with Surprise's defaults.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> FactorEstimator {
        try fit(trainset, from: nil, on: machine)
    }

    public func fit(
        _ trainset: Trainset, from start: WarmStart<FactorEstimator>?, on machine: Machine
    ) throws(RecommenderError) -> FactorEstimator {
        try validate()
        let stride = Kernels.stride(of: factors)
        let (plan, (userFactors, itemFactors)) = machine.both(
            { DescentPlan(trainset) },
            {
                var draws = self.start.draws()
                let userFactors = draws.rows(count: trainset.userCount, length: factors)
                return (userFactors, draws.rows(count: trainset.itemCount, length: factors))
            })
        let userBiases = AlignedMemory<Float>(count: trainset.userCount)
        let itemBiases = AlignedMemory<Float>(count: trainset.itemCount)
        try start?.copy(to: userFactors, itemFactors, userBiases, itemBiases, factors: factors, biased: biased)
        let orderedFactors = plan.ordered(itemFactors, stride: stride, on: machine)
        let orderedBiases = plan.ordered(itemBiases, stride: 1, on: machine)
        let itemScales = AlignedMemory<Float>(count: trainset.itemCount)
        itemScales.start.update(repeating: 1, count: itemScales.count)

        let factorisation = ck_factorisation(
            user_factors: userFactors.start, item_factors: orderedFactors.start, user_biases: userBiases.start,
            item_biases: orderedBiases.start, stride: stride, mean: Float(trainset.mean), biased: biased ? 1 : 0)
        plan.descend(epochs: epochs, on: machine) { ratings, users in
            withUnsafeTemporaryAllocation(byteCount: 12 * stride, alignment: Int(ck_alignment)) { memory in
                guard let scratch = memory.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
                machine.kernels.sgd_users(
                    factorisation, itemScales.start, scratch, ratings, users.lowerBound, users.upperBound, learningRates.kernelRates,
                    regularizations.kernelRates)
            }
        }
        machine.kernels.fold_scales(orderedFactors.start, stride, itemScales.start, itemScales.count)
        plan.restore(orderedFactors, to: itemFactors, stride: stride, on: machine)
        plan.restore(orderedBiases, to: itemBiases, stride: 1, on: machine)
        withExtendedLifetime(itemScales) {}
        return try FactorEstimator(
            learnt: factors, mean: trainset.mean, biased: biased, userBiases: Column(userBiases), itemBiases: Column(itemBiases),
            userFactors: Column(userFactors), itemFactors: Column(itemFactors))
    }

    public func fold(_ newcomers: Newcomers, into fitted: FactorEstimator, on machine: Machine) throws(RecommenderError) -> FactorEstimator
    {
        try fitted.folding(newcomers, regularizations: regularizations, on: machine)
    }
}
