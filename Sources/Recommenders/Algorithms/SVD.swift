internal import CKernels

/// Matrix factorisation with biases, fitted by stochastic gradient descent; "SVD" as the Netflix prize made it known.
///
/// The estimate is μ + b_u + b_i + ⟨p_u, q_i⟩; a term whose user or item was not trained on is dropped. Each step moves
/// a rating's biases and factors against the gradient of the squared error plus `regularization` times their squares. Epochs go
/// through the ratings user by user, in the training set's order, which is not shuffled.
///
/// Arithmetic is single precision, with the same bits on every machine: see `CKernels.h`. Estimates agree with those of Surprise's
/// `SVD`, which computes in double precision, for the same options, seed and order of ratings, to some four digits after the point.
///
/// - Source: Koren, Bell and Volinsky, "Matrix Factorization Techniques for Recommender Systems", 2009; defaults and order of
///   Surprise's `SVD`.
public struct SVD: Algorithm, Hashable {
    public static let name = "svd"

    /// Length of a factor row, 1 to `factorLimit`. Surprise's `n_factors`.
    public var factors = 100
    /// Passes over the ratings, at least 0. Surprise's `n_epochs`.
    public var epochs = 20
    /// Step size γ, from 0 to 1. Surprise's `lr_all`.
    public var learningRate = 0.005
    /// Weight λ of the penalty on large parameters, from 0 to 1,000. Surprise's `reg_all`.
    public var regularization = 0.02
    /// Whether there are a mean and biases; without them the estimate is ⟨p_u, q_i⟩ alone. Surprise's `biased`.
    public var biased = true
    /// Mean of the factors' first values, from -1,000 to 1,000. Surprise's `init_mean`.
    public var initialMean = 0.0
    /// Standard deviation of the factors' first values, from 0 to 1,000. Surprise's `init_std_dev`.
    public var initialDeviation = 0.1
    /// Where the random numbers of the factors' first values start. Surprise's `random_state`.
    public var seed: UInt64

    /// The most factors. It keeps inner products of the largest allowed parameters finite.
    public static let factorLimit = 65_536

    /// Makes the algorithm with Surprise's defaults.
    public init(seed: UInt64 = 0) {
        self.seed = seed
    }

    public func fit(_ trainset: Trainset) throws(RecommenderError) -> SVDEstimator {
        try fit(trainset, with: .widest)
    }

    /// Fits with the kernels of one instruction set. Which one makes no difference to the result.
    func fit(_ trainset: Trainset, with kernels: Kernels) throws(RecommenderError) -> SVDEstimator {
        try validate()
        let stride = Self.stride(of: factors)
        var generator = MersenneTwister(seed: seed)
        var normal = NormalDistribution()
        let userFactors = AlignedFloats(count: trainset.userCount * stride)
        let itemFactors = AlignedFloats(count: trainset.itemCount * stride)
        fill(userFactors, stride: stride, &normal, &generator)
        fill(itemFactors, stride: stride, &normal, &generator)
        let userBiases = AlignedFloats(count: trainset.userCount)
        let itemBiases = AlignedFloats(count: trainset.itemCount)

        let factorisation = ck_factorisation(
            user_factors: userFactors.start, item_factors: itemFactors.start, user_biases: userBiases.start,
            item_biases: itemBiases.start, stride: stride, mean: Float(trainset.mean), biased: biased ? 1 : 0)
        let values = trainset.values.map { Float($0) }
        trainset.starts.withUnsafeBufferPointer { starts in
            trainset.items.withUnsafeBufferPointer { items in
                values.withUnsafeBufferPointer { values in
                    // A training set has at least one user and one rating, so these have addresses.
                    guard let starts = starts.baseAddress, let items = items.baseAddress, let values = values.baseAddress else { return }
                    let ratings = ck_ratings(starts: starts, items: items, values: values, user_count: trainset.userCount)
                    for _ in 0..<epochs {
                        kernels.epoch(factorisation, ratings, Float(learningRate), Float(regularization))
                    }
                }
            }
        }

        let estimator = SVDEstimator(
            factors: factors, mean: trainset.mean, biased: biased, userBiases: userBiases.array, itemBiases: itemBiases.array,
            userFactors: userFactors.array, itemFactors: itemFactors.array)
        guard estimator.isSane else {
            throw RecommenderError(
                .diverged, "Training ran away to numbers without meaning",
                hint: "Use a smaller learning rate, or check the ratings for extreme values.")
        }
        return estimator
    }

    /// Floats from one row to the next: the number of factors, rounded up to whole blocks of the kernels.
    static func stride(of factors: Int) -> Int {
        let lanes = Int(ck_lanes)
        return (factors + lanes - 1) / lanes * lanes
    }

    /// Draws the first values of all rows, one row after the other. What pads a row stays zero.
    private func fill(
        _ floats: borrowing AlignedFloats, stride: Int, _ normal: inout NormalDistribution, _ generator: inout MersenneTwister
    ) {
        for row in Swift.stride(from: 0, to: floats.count, by: stride) {
            for column in 0..<factors {
                floats.start[row + column] = Float(initialMean + initialDeviation * normal.next(using: &generator))
            }
        }
    }
}
