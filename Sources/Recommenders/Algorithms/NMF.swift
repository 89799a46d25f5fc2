internal import CKernels

/// Non-negative matrix factorisation by multiplicative updates.
///
/// The estimate is ⟨p_u, q_i⟩ with no factor negative, or with `biased` μ + b_u + b_i + ⟨p_u, q_i⟩. Single precision, with the same bits
/// on every machine. Negative ratings make no sense to it, and run away.
///
/// - Source: Luo, Zhou, Xia and Zhu, "An Efficient Non-Negative Matrix-Factorization-Based Approach to Collaborative Filtering", 2014;
///   defaults of Surprise's `NMF`.
public struct NMF: WarmStartingAlgorithm, Hashable {
    public static let name = "nmf"

    /// Length of a factor row, 1 to `FactorEstimator.factorLimit`. Surprise's `n_factors`.
    public var factors = 15
    /// Passes over the ratings, at least 0. Surprise's `n_epochs`.
    public var epochs = 50
    /// Whether there are a mean and biases. Surprise's `biased`.
    public var biased = false
    /// Weights of the penalties on factors. Surprise's `reg_pu`, `reg_qi`.
    public var userRegularization = 0.06, itemRegularization = 0.06
    /// Weights of the penalties on biases. Surprise's `reg_bu`, `reg_bi`.
    public var userBiasRegularization = 0.02, itemBiasRegularization = 0.02
    /// Step sizes of the biases. Surprise's `lr_bu`, `lr_bi`.
    public var userBiasLearningRate = 0.005, itemBiasLearningRate = 0.005
    /// Factors' first values are drawn evenly from `initialLow` to `initialHigh`. Surprise's `init_low`, `init_high`.
    public var initialLow = 0.0, initialHigh = 1.0
    /// Where the random numbers start. Surprise's `random_state`.
    public var seed: UInt64 = 0

    public static let options: [AlgorithmOption<NMF>] = [
        .integer("n_factors", \.factors, 1...FactorEstimator.factorLimit), .integer("n_epochs", \.epochs, 0...1_000_000),
        .flag("biased", \.biased), .number("reg_pu", \.userRegularization, FactorRates.regularizationRange),
        .number("reg_qi", \.itemRegularization, FactorRates.regularizationRange),
        .number("reg_bu", \.userBiasRegularization, FactorRates.regularizationRange),
        .number("reg_bi", \.itemBiasRegularization, FactorRates.regularizationRange),
        .number("lr_bu", \.userBiasLearningRate, FactorRates.learningRange),
        .number("lr_bi", \.itemBiasLearningRate, FactorRates.learningRange), .number("init_low", \.initialLow, 0...1000),
        .number("init_high", \.initialHigh, 0...1000), .seed(\.seed),
    ]

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
        var generator = MersenneTwister(seed: seed)
        let userFactors = draw(rows: trainset.userCount, &generator)
        let itemFactors = draw(rows: trainset.itemCount, &generator)
        let userBiases = AlignedMemory<Float>(count: trainset.userCount)
        let itemBiases = AlignedMemory<Float>(count: trainset.itemCount)
        try start?.copy(to: userFactors, itemFactors, userBiases, itemBiases, factors: factors, biased: biased)
        let numerators = AlignedMemory<Float>(count: itemFactors.count)
        let denominators = AlignedMemory<Float>(count: itemFactors.count)
        let scratch = AlignedMemory<Float>(count: 2 * stride)
        let counts = AlignedMemory<Int32>(count: trainset.itemCount)
        for item in trainset.byUser.others { counts.start[Int(item)] += 1 }

        let factorisation = ck_factorisation(
            user_factors: userFactors.start, item_factors: itemFactors.start, user_biases: userBiases.start,
            item_biases: itemBiases.start, stride: stride, mean: Float(trainset.mean), biased: biased ? 1 : 0)
        let learningRates = ck_rates(
            user_bias: Float(userBiasLearningRate), item_bias: Float(itemBiasLearningRate), user_factors: 0, item_factors: 0,
            implicit_factors: 0)
        let regularizations = ck_rates(
            user_bias: Float(userBiasRegularization), item_bias: Float(itemBiasRegularization), user_factors: Float(userRegularization),
            item_factors: Float(itemRegularization), implicit_factors: 0)
        trainset.withRatings { ratings in
            for _ in 0..<epochs {
                machine.kernels.nmf_epoch(
                    factorisation, numerators.start, denominators.start, scratch.start, counts.start, counts.count, ratings, learningRates,
                    regularizations)
            }
        }
        return try FactorEstimator(
            learnt: factors, mean: trainset.mean, biased: biased, userBiases: Column(userBiases), itemBiases: Column(itemBiases),
            userFactors: Column(userFactors), itemFactors: Column(itemFactors))
    }

    private func draw(rows: Int, _ generator: inout MersenneTwister) -> AlignedMemory<Float> {
        let stride = Kernels.stride(of: factors)
        let memory = AlignedMemory<Float>(count: rows * stride)
        for row in 0..<rows {
            for column in 0..<factors {
                memory.start[row * stride + column] = Float(initialLow + (initialHigh - initialLow) * generator.nextUnit())
            }
        }
        return memory
    }
}
