internal import CKernels

/// Matrix factorisation with all its parameters unknown: estimates are the mean over draws from what they are likely to be.
///
/// Users, items and days each have a row of factors and a bias. A rating is its mean, plus the biases, plus the inner products of the three
/// rows, two by two, plus noise. A row is expected to be the sum of weights of what is known of its owner: which items a user rated (or
/// which users rated an item), and their features, where there are any. Rows deviate from that, weights from zero, and ratings from all of
/// it by amounts that are unknown too. Everything is drawn in turn, given the rest (Gibbs sampling), each user's, item's and day's row at
/// once.
///
/// A day is one of UTC. Without times, or with `use_time=false`, there are none. Arithmetic is single precision, with the same bits on every
/// machine and for any number of threads.
///
/// - Source: Salakhutdinov and Mnih, "Bayesian Probabilistic Matrix Factorization using Markov Chain Monte Carlo", 2008; features as in
///   Simm et al., "Macau", 2017; days and both sides' ratings as features as in Rendle, Zhang and Koren, "On the Difficulty of Evaluating
///   Baselines", 2019 ("timeSVD++ flipped").
public struct BayesianFactorisation: FoldingAlgorithm, Hashable {
    public static let name = "bayesian"

    /// Length of a row, 1 to 63.
    public var factors = 10
    /// How often everything is drawn.
    public var epochs = 300
    /// Draws at the beginning that are thrown away; fewer than `epochs`, or all but the last are.
    public var burnIn = 20
    /// Whether days matter, where times are known.
    public var usesTime = true
    /// Whether it matters who rated what, whatever the rating.
    public var usesImplicit = true
    /// Whether features matter, where there are any.
    public var usesFeatures = true
    /// Where the random numbers start.
    public var seed: UInt64 = 0

    public static let options: [AlgorithmOption<BayesianFactorisation>] = [
        .integer("n_factors", \.factors, 1...63), .integer("n_epochs", \.epochs, 1...100_000), .integer("n_burn", \.burnIn, 0...100_000),
        .flag("use_time", \.usesTime), .flag("use_implicit", \.usesImplicit), .flag("use_features", \.usesFeatures), .seed(\.seed),
    ]

    /// Makes the algorithm with its defaults.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> BayesianEstimator {
        try validate()
        let stride = Kernels.stride(of: factors + 1)
        var random = SplitMix(seed: seed)
        var normal = NormalDistribution(batch: 512)
        let observations = Observations(trainset, usesTime: usesTime)
        try demandMemory(for: observations, of: machine)
        var sides = observations.entityOfObservation.map { entities in
            GibbsSide(entities.count, entities.of, factors: factors, stride: stride, &normal, &random)
        }
        addFeatures(of: trainset, to: &sides)

        let kept = sides.map { AlignedMemory<Float>(count: ($0.count + 1) * draws * stride) }
        let keptPrecisions = (0..<2).map { _ in AlignedMemory<Float>(count: draws * stride) }
        let keptNoise = AlignedMemory<Float>(count: draws)
        var gamma = GammaDistribution()
        let residuals = observations.residuals(sides, stride: stride, factors: factors)
        for epoch in 0..<epochs {
            let squares = Column(residuals).reduce(0.0) { $0 + Double($1) * Double($1) }
            let noisePrecision = gamma.next(shape: 1 + Double(residuals.count) / 2, rate: 1 + squares / 2, using: &random)
            for side in sides.indices {
                sides[side].drawPriors(&gamma, &random, on: machine)
                let others = sides.indices.filter { $0 != side }.map { sides[$0] }
                sides[side].drawRows(others: others, residuals: residuals, noisePrecision: Float(noisePrecision), &random, on: machine)
            }
            let draw = epoch - (epochs - draws)
            if draw >= 0 {
                for (side, kept) in zip(sides, kept) { side.copy(to: kept, draw: draw, of: draws) }
                for (side, kept) in zip(sides, keptPrecisions) { side.copyPrecisions(to: kept, draw: draw) }
                keptNoise.start[draw] = Float(noisePrecision)
            }
        }
        guard Column(residuals).allSatisfy({ $0.magnitude <= 0x1p40 }) else {
            throw RecommenderError(.diverged, "Sampling ran away to numbers without meaning", hint: "Check the ratings for extreme values.")
        }
        return BayesianEstimator(
            factors: factors, draws: draws, mean: trainset.mean, days: Column(copying: observations.days), users: Column(kept[0]),
            items: Column(kept[1]), dayRows: kept.count > 2 ? Column(kept[2]) : Column(copying: []),
            precisions: .init(users: Column(keptPrecisions[0]), items: Column(keptPrecisions[1]), noise: Column(keptNoise)))
    }

    public func fold(_ newcomers: Newcomers, into fitted: BayesianEstimator, on machine: Machine) throws(RecommenderError)
        -> BayesianEstimator
    {
        fitted.folding(newcomers, on: machine)
    }

    /// Draws that are kept.
    private var draws: Int { max(epochs - burnIn, 1) }

    /// Of all that it takes, this is what grows with options, and most of it.
    private func demandMemory(for observations: Observations, of machine: Machine) throws(RecommenderError) {
        let counts = observations.entityOfObservation.map(\.count)
        // Beside the draws the rows as they are, what they are expected to be, and how far they are from that.
        let rows = counts.reduce(0.0) { $0 + Double($1) * Double(draws + 3) }
        try machine.demand(
            rows * Double(Kernels.stride(of: factors + 1) * MemoryLayout<Float>.stride),
            for: "Keeping \(draws) draws of \(factors) factors for \(counts[0]) users, \(counts[1]) items and "
                + "\(observations.days.count) days",
            hint: "Keep fewer draws by a smaller 'n_epochs' or a larger 'n_burn', use fewer 'n_factors', or take svd, which keeps none.")
    }

    private func addFeatures(of trainset: Trainset, to sides: inout [GibbsSide]) {
        if usesImplicit {
            // A user's items, and an item's users, weigh as much together whatever their number.
            let byItem = trainset.byItem
            sides[0].add(
                featureCount: trainset.itemCount,
                lists: (0..<trainset.userCount).map { user in Array(trainset.byUser.group(user).others) }, isNormalized: true)
            sides[1].add(
                featureCount: trainset.userCount, lists: (0..<trainset.itemCount).map { item in Array(byItem.group(item).others) },
                isNormalized: true)
        }
        if usesFeatures {
            for (side, lists) in [trainset.userFeatures, trainset.itemFeatures].enumerated() {
                guard let last = lists.joined().max() else { continue }
                sides[side].add(featureCount: Int(last) + 1, lists: lists, isNormalized: false)
            }
        }
    }
}

/// The ratings, and whose they are: users', items', and where times are known days'.
private struct Observations {
    let entityOfObservation: [(of: Column<Int32>, count: Int)]
    /// The days that there are, ascending; days since 1970.
    let days: [Int64]
    private let values: Column<Double>
    private let mean: Double

    init(_ trainset: Trainset, usesTime: Bool) {
        let users = AlignedMemory<Int32>(count: trainset.ratingCount)
        for user in 0..<trainset.userCount {
            for position in trainset.byUser.starts[user]..<trainset.byUser.starts[user + 1] { users.start[position] = Int32(user) }
        }
        var entities = [(of: Column(users), count: trainset.userCount), (of: trainset.byUser.others, count: trainset.itemCount)]
        if usesTime, let times = trainset.times {
            let dayOfRating = times.map(BayesianEstimator.day)
            days = Set(dayOfRating).sorted()
            var numbers: [Int64: Int32] = [:]
            for (number, day) in days.enumerated() { numbers[day] = Int32(number) }
            entities.append((of: Column(copying: dayOfRating.map { numbers[$0] ?? 0 }), count: days.count))
        } else {
            days = []
        }
        entityOfObservation = entities
        values = trainset.byUser.values
        mean = trainset.mean
    }

    /// What the rows, as they are at first, leave unexplained of each rating.
    func residuals(_ sides: [GibbsSide], stride: Int, factors: Int) -> AlignedMemory<Float> {
        let residuals = AlignedMemory<Float>(count: values.count)
        let none = AlignedMemory<Float>(count: stride)
        for position in 0..<values.count {
            let rows = zip(sides, entityOfObservation).map { side, entities in side.row(Int(entities.of[position])) }
            let explained = Kernels.widest.gibbs_estimate(
                stride, factors, 1, rows[0], rows[1], rows.count > 2 ? rows[2] : UnsafePointer(none.start))
            residuals.start[position] = Float(values[position] - mean) - explained
        }
        withExtendedLifetime(none) {}
        return residuals
    }
}
