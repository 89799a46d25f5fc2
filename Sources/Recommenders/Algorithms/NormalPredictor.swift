/// Estimates at random, from a normal distribution with the ratings' mean and deviation: what every algorithm must beat.
///
/// The draw for a user and an item depends on the seed and on their numbers, so it is the same whenever it is asked for.
///
/// - Source: Surprise's `NormalPredictor`.
public struct NormalPredictor: Algorithm, Hashable {
    public static let name = "normal-predictor"

    /// Where the random numbers start. Surprise's `random_state`.
    public var seed: UInt64 = 0

    public static let options: [AlgorithmOption<NormalPredictor>] = [.seed(\.seed)]

    /// Makes the algorithm.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> NormalEstimator {
        NormalEstimator(mean: trainset.mean, deviation: trainset.deviation, seed: seed)
    }
}

/// Draws an estimate for each pair of user and item.
///
/// In a model file, `normal` is f64: the deviation, and u64: the seed.
public struct NormalEstimator: Estimator {
    private let mean: Double
    private let deviation: Double
    private let seed: UInt64

    init(mean: Double, deviation: Double, seed: UInt64) {
        self.mean = mean
        self.deviation = deviation
        self.seed = seed
    }

    public func estimate(user: Int?, item: Int?) -> Double? {
        mean + draw(user, item)
    }

    public func parts(user: Int?, item: Int?) -> EstimateParts {
        .sum([.mean(mean), PartOfSum("draw", "drawn at random, as far as ratings deviate from their mean", draw(user, item))])
    }

    /// How far the estimate is from the mean.
    private func draw(_ user: Int?, _ item: Int?) -> Double {
        var generator = SplitMix(seed: seed)
        for number in [user, item] { generator.stir(UInt64(number.map { $0 + 1 } ?? 0)) }
        var normal = NormalDistribution()
        return deviation * normal.next(using: &generator)
    }

    public func write(to sections: inout SectionWriter) {
        sections.add("normal", Column(copying: [deviation.bitPattern, seed]))
    }

    public init(from sections: SectionReader) throws(RecommenderError) {
        let numbers: Column<UInt64> = try sections.column("normal", count: 2)
        mean = sections.mean
        deviation = Double(bitPattern: numbers[0])
        seed = numbers[1]
    }
}
