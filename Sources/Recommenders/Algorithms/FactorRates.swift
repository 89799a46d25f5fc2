internal import CKernels

/// A learning rate or a regularisation for each kind of parameter of a factorisation; those that are not set are as `all`.
struct FactorRates: Hashable, Sendable {
    /// Surprise's `lr_all` or `reg_all`.
    var all: Double
    /// Surprise's `…_bu`.
    var userBias: Double?
    /// Surprise's `…_bi`.
    var itemBias: Double?
    /// Surprise's `…_pu`.
    var userFactors: Double?
    /// Surprise's `…_qi`.
    var itemFactors: Double?
    /// Surprise's `…_yj`.
    var implicitFactors: Double?

    init(all: Double) {
        self.all = all
    }

    /// The options, named with a prefix, `lr` or `reg`.
    static func options(prefix: String, within range: ClosedRange<Double>) -> [AlgorithmOption<FactorRates>] {
        [
            .number("\(prefix)_all", \.all, range), .override("\(prefix)_bu", \.userBias, range),
            .override("\(prefix)_bi", \.itemBias, range), .override("\(prefix)_pu", \.userFactors, range),
            .override("\(prefix)_qi", \.itemFactors, range),
        ]
    }

    /// As the kernels take them.
    var kernelRates: ck_rates {
        ck_rates(
            user_bias: Float(userBias ?? all), item_bias: Float(itemBias ?? all), user_factors: Float(userFactors ?? all),
            item_factors: Float(itemFactors ?? all), implicit_factors: Float(implicitFactors ?? all))
    }

    // The upper limits are arbitrary: far beyond what is of use, and small enough to keep all arithmetic finite.
    /// What a learning rate may be.
    static let learningRange = 0.0...1.0
    /// What a regularisation may be.
    static let regularizationRange = 0.0...1000.0
}
