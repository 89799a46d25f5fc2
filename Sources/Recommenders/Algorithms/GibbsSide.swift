internal import CKernels

/// Users, or items, or days, in Gibbs sampling: their rows, what these are expected to be, and how far they may be from it.
struct GibbsSide {
    /// How many entities there are.
    let count: Int
    private let factors: Int
    private let stride: Int
    /// For each observation, its entity.
    private let entityOfObservation: Column<Int32>
    private let starts: Column<Int>
    private let observations: Column<Int32>
    private let rows: AlignedMemory<Float>
    private let priorMeans: AlignedMemory<Float>
    /// Rows less their prior means, while these are drawn.
    private let deviations: AlignedMemory<Float>
    /// For each lane, how near rows are to their prior means.
    private let precisions: AlignedMemory<Float>
    private var groups: [Features] = []

    /// Features whose weights are near zero to the same degree.
    private struct Features {
        let count: Int
        let starts: Column<Int>
        let entities: Column<Int32>
        let values: Column<Float>
        let weights: AlignedMemory<Float>
        let precisions: AlignedMemory<Float>
    }

    /// Rate of the gamma distributions that precisions come from; their shape is 1. Small, so that weights and rows may be.
    private static let priorRate = 0.05
    /// Precision of what all entities have in common: next to nothing is known of it.
    private static let commonPrecision: Float = 0.01

    /// - Parameters:
    ///   - count: How many entities there are.
    ///   - entityOfObservation: For each observation, its entity, in `0..<count`.
    ///   - factors: Lanes of a row before the bias.
    ///   - stride: Lanes of a row, a multiple of the kernels' block.
    ///   - normal: Draws the rows' first values.
    init(
        _ count: Int, _ entityOfObservation: Column<Int32>, factors: Int, stride: Int, _ normal: inout NormalDistribution,
        _ random: inout SplitMix
    ) {
        self.count = count
        self.factors = factors
        self.stride = stride
        self.entityOfObservation = entityOfObservation
        let starts = AlignedMemory<Int>(count: count + 1)
        for entity in entityOfObservation { starts.start[Int(entity) + 1] += 1 }
        for entity in 0..<count { starts.start[entity + 1] += starts.start[entity] }
        var next = Array(UnsafeBufferPointer(start: starts.start, count: count))
        let observations = AlignedMemory<Int32>(count: entityOfObservation.count)
        for (observation, entity) in entityOfObservation.enumerated() {
            observations.start[next[Int(entity)]] = Int32(observation)
            next[Int(entity)] += 1
        }
        self.starts = Column(starts)
        self.observations = Column(observations)
        rows = AlignedMemory(count: count * stride)
        priorMeans = AlignedMemory(count: count * stride)
        deviations = AlignedMemory(count: count * stride)
        precisions = AlignedMemory(count: stride)
        for entity in 0..<count {
            for lane in 0..<factors { rows.start[entity * stride + lane] = Float(0.1 * normal.next(using: &random)) }
        }
        for lane in 0..<stride { precisions.start[lane] = 1 }
        add(featureCount: 1, lists: [[Int32]](repeating: [0], count: count), isNormalized: false)
        for lane in 0...factors { groups[0].precisions.start[lane] = Self.commonPrecision }
    }

    /// Adds features.
    ///
    /// - Parameters:
    ///   - featureCount: How many there are.
    ///   - lists: For each entity, the numbers of those that it has.
    ///   - isNormalized: Whether a feature of n weighs n^(-1/2), or else 1.
    mutating func add(featureCount: Int, lists: [[Int32]], isNormalized: Bool) {
        let starts = AlignedMemory<Int>(count: featureCount + 1)
        for feature in lists.joined() { starts.start[Int(feature) + 1] += 1 }
        for feature in 0..<featureCount { starts.start[feature + 1] += starts.start[feature] }
        let total = starts.start[featureCount]
        var next = Array(UnsafeBufferPointer(start: starts.start, count: featureCount))
        let entities = AlignedMemory<Int32>(count: total)
        let values = AlignedMemory<Float>(count: total)
        for (entity, list) in lists.enumerated() {
            let value = isNormalized ? 1 / Float(list.count).squareRoot() : 1
            for feature in list {
                entities.start[next[Int(feature)]] = Int32(entity)
                values.start[next[Int(feature)]] = value
                next[Int(feature)] += 1
            }
        }
        let precisions = AlignedMemory<Float>(count: stride)
        // Infinitely near zero, weights are zero: beyond the bias nothing may stand.
        for lane in 0..<stride { precisions.start[lane] = lane <= factors ? 1 : .infinity }
        groups.append(
            Features(
                count: featureCount, starts: Column(starts), entities: Column(entities), values: Column(values),
                weights: AlignedMemory(count: featureCount * stride), precisions: precisions))
    }

    /// An entity's row.
    func row(_ entity: Int) -> UnsafePointer<Float> { UnsafePointer(rows.start + entity * stride) }

    /// Draws the weights of features, and how near to them rows are.
    func drawPriors(_ gamma: inout GammaDistribution, _ random: inout SplitMix, on machine: Machine) {
        for position in 0..<count * stride { deviations.start[position] = rows.start[position] - priorMeans.start[position] }
        for (position, group) in groups.enumerated() {
            // What all have in common has no precision to be learnt.
            if position > 0 { draw(group.precisions, nearness: group.weights, count: group.count, &gamma, &random) }
            var features = ck_features(
                stride: stride, count: group.count, starts: group.starts.start, entities: group.entities.start, values: group.values.start,
                weights: group.weights.start, precisions: group.precisions.start, seed: random.next())
            machine.kernels.gibbs_features(&features, precisions.start, deviations.start, priorMeans.start)
        }
        draw(precisions, nearness: deviations, count: count, &gamma, &random)
    }

    /// Draws precisions of rows from how large these are.
    private func draw(
        _ precisions: AlignedMemory<Float>, nearness rows: AlignedMemory<Float>, count: Int, _ gamma: inout GammaDistribution,
        _ random: inout SplitMix
    ) {
        var squares = [Double](repeating: 0, count: stride)
        for row in 0..<count {
            for lane in 0...factors {
                let number = Double(rows.start[row * stride + lane])
                squares[lane] += number * number
            }
        }
        for lane in 0...factors {
            precisions.start[lane] = Float(
                gamma.next(shape: 1 + Double(count) / 2, rate: Self.priorRate + squares[lane] / 2, using: &random))
        }
    }

    /// Draws all rows, given those of the other sides; `residuals` follow.
    func drawRows(
        others: [GibbsSide], residuals: AlignedMemory<Float>, noisePrecision: Float, _ random: inout SplitMix, on machine: Machine
    ) {
        let seed = random.next()
        machine.forEach(count, chunk: 16) { entities in
            var sampler = ck_gibbs(
                stride: stride, factors: factors, starts: starts.start, observations: observations.start,
                others: (others[0].entityOfObservation.start, others.count > 1 ? others[1].entityOfObservation.start : nil),
                other_rows: (UnsafePointer(others[0].rows.start), others.count > 1 ? UnsafePointer(others[1].rows.start) : nil),
                rows: rows.start, prior_means: priorMeans.start, prior_precisions: precisions.start, noise_precision: noisePrecision,
                residuals: residuals.start, seed: seed)
            machine.kernels.gibbs_draw(&sampler, entities.lowerBound, entities.upperBound)
        }
    }

    /// Copies all rows, and after them what is expected of an entity of which nothing is known.
    ///
    /// - Parameters:
    ///   - kept: The draws of each entity one after the other.
    ///   - draw: Which of the draws this is, in `0..<draws`.
    func copy(to kept: AlignedMemory<Float>, draw: Int, of draws: Int) {
        for entity in 0...count {
            let target = kept.start + (entity * draws + draw) * stride
            target.update(from: entity < count ? rows.start + entity * stride : groups[0].weights.start, count: stride)
        }
    }

    /// Copies how near rows are to what is expected of them, a number for each lane.
    func copyPrecisions(to kept: AlignedMemory<Float>, draw: Int) {
        (kept.start + draw * stride).update(from: precisions.start, count: stride)
    }
}
