internal import CKernels

/// Estimates ⟨p_u, q_i⟩, or with biases μ + b_u + b_i + ⟨p_u, q_i⟩: what factorisations learn.
///
/// With biases, the terms of a user or an item that was not trained on are dropped; without, nothing can be said about it.
///
/// In a model file:
///
/// | Section | Content |
/// | --- | --- |
/// | `factors` | u32: length of a factor row, 1 to 65,536; u32: 1 with biases, 0 without |
/// | `user.bia`, `item.bia` | f32, one for each user or item |
/// | `user.fac`, `item.fac` | f32, row-major, a row for each user or item, filled up with zeros to a multiple of 16 |
public struct FactorEstimator: Estimator {
    /// Length of a factor row.
    public let factors: Int
    /// μ, the mean of the ratings trained on.
    public let mean: Double
    /// Whether mean and biases are part of estimates.
    public let biased: Bool

    /// b_u, one for each inner user; zero when there are no biases.
    let userBiases: Column<Float>
    /// b_i, one for each inner item; zero when there are no biases.
    let itemBiases: Column<Float>
    /// p_u, one row for each inner user.
    let userFactors: Column<Float>
    /// q_i, one row for each inner item.
    let itemFactors: Column<Float>

    /// The most factors. It keeps sizes of rows small enough to count with.
    public static let factorLimit = 65_536

    /// Takes what was learnt.
    ///
    /// - Throws: `.diverged` when a parameter is not within ±2⁴⁰; then inner products of 2¹⁶ factors are finite.
    init(
        learnt factors: Int, mean: Double, biased: Bool, userBiases: Column<Float>, itemBiases: Column<Float>,
        userFactors: Column<Float>, itemFactors: Column<Float>
    ) throws(RecommenderError) {
        self.factors = factors
        self.mean = mean
        self.biased = biased
        self.userBiases = userBiases
        self.itemBiases = itemBiases
        self.userFactors = userFactors
        self.itemFactors = itemFactors
        for column in [userBiases, itemBiases, userFactors, itemFactors] {
            // NaN fails the comparison.
            guard column.buffer.allSatisfy({ $0.magnitude <= 0x1p40 }) else { throw .ranAway }
        }
    }

    /// The row of factors at a number, out of a column of rows.
    func row(_ number: Int, of column: Column<Float>) -> Column<Float> {
        let stride = Kernels.stride(of: factors)
        return column.extracting(number * stride..<(number + 1) * stride)
    }

    public func estimate(user: Int?, item: Int?) -> Double? {
        if !biased, user == nil || item == nil { return nil }
        var estimate = biased ? mean : 0
        if let user { estimate += Double(userBiases[user]) }
        if let item { estimate += Double(itemBiases[item]) }
        if let user, let item { estimate += product(user, item) }
        return estimate
    }

    public func parts(user: Int?, item: Int?) -> EstimateParts {
        if !biased, user == nil || item == nil { return .unknown }
        var parts: [PartOfSum] = []
        if biased {
            parts.append(.mean(mean))
            if let user { parts.append(.userBias(Double(userBiases[user]))) }
            if let item { parts.append(.itemBias(Double(itemBiases[item]))) }
        }
        if let user, let item {
            parts.append(PartOfSum("factors", "inner product of the user's and the item's factors", product(user, item)))
        }
        return .sum(parts)
    }

    /// ⟨p_u, q_i⟩
    private func product(_ user: Int, _ item: Int) -> Double {
        let (row, column) = (row(user, of: userFactors), row(item, of: itemFactors))
        return Double(Kernels.widest.dot(row.start, column.start, row.count))
    }

    public func write(to sections: inout SectionWriter) {
        sections.add("factors", Column(copying: [UInt32(factors), biased ? 1 : 0]))
        sections.add("user.bia", userBiases)
        sections.add("item.bia", itemBiases)
        sections.add("user.fac", userFactors)
        sections.add("item.fac", itemFactors)
    }

    public init(from sections: SectionReader) throws(RecommenderError) {
        let shape: Column<UInt32> = try sections.column("factors", count: 2)
        guard (1...UInt32(Self.factorLimit)).contains(shape[0]), shape[1] <= 1 else { throw .corruptModel("its factors have no shape") }
        factors = Int(shape[0])
        biased = shape[1] == 1
        mean = sections.mean
        // Both counts are at most Int32.max and a stride at most 65,536, so the products cannot overflow.
        let stride = Kernels.stride(of: factors)
        userBiases = try sections.column("user.bia", count: sections.userCount)
        itemBiases = try sections.column("item.bia", count: sections.itemCount)
        userFactors = try sections.column("user.fac", count: sections.userCount * stride)
        itemFactors = try sections.column("item.fac", count: sections.itemCount * stride)
    }
}

extension RecommenderError {
    /// Gradient descent came to numbers that mean nothing.
    static var ranAway: RecommenderError {
        RecommenderError(
            .diverged, "Training ran away to numbers without meaning",
            hint: "Use a smaller learning rate, or check the ratings for extreme values.")
    }
}
