/// What `SVD` learns: a bias and a row of factors for each user and each item.
public struct SVDEstimator: Estimator {
    /// Length of a factor row.
    public let factors: Int
    /// μ, the mean of the ratings trained on.
    public let mean: Double
    /// Whether mean and biases are part of estimates.
    public let biased: Bool

    /// b_u, one for each inner user; zero when there are no biases.
    let userBiases: [Float]
    /// b_i, one for each inner item; zero when there are no biases.
    let itemBiases: [Float]
    /// p_u, row-major, one row of `SVD.stride(of: factors)` floats for each inner user, the last of them zero beyond `factors`.
    let userFactors: [Float]
    /// q_i, likewise, one row for each inner item.
    let itemFactors: [Float]

    public func estimate(user: Int?, item: Int?) -> Double? {
        if !biased, user == nil || item == nil { return nil }
        var estimate = biased ? mean : 0
        if let user { estimate += Double(userBiases[user]) }
        if let item { estimate += Double(itemBiases[item]) }
        if let user, let item {
            let stride = SVD.stride(of: factors)
            estimate += Double(
                Kernels.widest.dot(
                    userFactors.span.extracting(user * stride..<(user + 1) * stride),
                    itemFactors.span.extracting(item * stride..<(item + 1) * stride)))
        }
        return estimate
    }

    /// Whether all parameters are within ±2⁴⁰.
    ///
    /// Then an inner product of 2¹⁶ factors is at most 2⁹⁶, within a float's range, and every estimate is finite.
    var isSane: Bool {
        mean.magnitude <= 0x1p40 && Self.areSane(userBiases) && Self.areSane(itemBiases) && Self.areSane(userFactors)
            && Self.areSane(itemFactors)
    }

    private static func areSane(_ numbers: [Float]) -> Bool {
        // NaN fails the comparison.
        numbers.allSatisfy { $0.magnitude <= 0x1p40 }
    }
}
