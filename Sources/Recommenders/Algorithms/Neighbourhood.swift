internal import CKernels

/// What the neighbourhood algorithms have in common: which neighbours count, and how alike they must be; as options.
struct Neighbourhood: Hashable, Sendable {
    /// The most neighbours that count. Surprise's `k`.
    var neighbours = 40
    /// With fewer neighbours than this, none counts. Surprise's `min_k`.
    var minimumNeighbours = 1
    var similarity = Similarity()
    var baselines = Baselines()

    static let options: [AlgorithmOption<Neighbourhood>] =
        [.integer("k", \.neighbours, 1...Int(Int32.max)), .integer("min_k", \.minimumNeighbours, 0...Int(Int32.max))]
        + Similarity.options.map { $0.lifted(to: \.similarity) } + Baselines.options.map { $0.lifted(to: \.baselines) }

    /// What a rating is measured from, and in what unit.
    enum Normalization: Sendable {
        /// From zero.
        case none
        /// From the neighbour's mean.
        case mean
        /// From the neighbour's mean, in their standard deviations.
        case zScore
        /// From the baseline.
        case baseline
    }

    /// Fits the similarities and what ratings are measured from.
    func fit(_ trainset: Trainset, normalization: Normalization, on machine: Machine) -> NeighbourEstimator {
        let byItem = trainset.byItem
        let isUserBased = similarity.isUserBased
        let (own, other) = isUserBased ? (trainset.byUser, byItem) : (byItem, trainset.byUser)
        // Fitted at most once, and only where something needs it.
        lazy var biases = baselines.fit(trainset)
        let similarities = similarity.matrix(trainset, byItem: byItem, biases: { biases }, on: machine)

        var centres = [Double](repeating: 0, count: own.count)
        var spreads = [Double](repeating: 1, count: own.count)
        var otherBiases = [Double](repeating: 0, count: other.count)
        switch normalization {
        case .none: break
        case .mean: centres = own.means
        case .zScore:
            centres = own.means
            let overall = trainset.deviation
            // Where all ratings are the same, nothing is measured in anything.
            spreads = own.deviations.map { $0 > 0 ? $0 : overall > 0 ? overall : 1 }
        case .baseline:
            centres = isUserBased ? biases.users : biases.items
            otherBiases = isUserBased ? biases.items : biases.users
        }
        let constant = normalization == .baseline ? trainset.mean : 0
        let deviations = AlignedMemory<Double>(count: other.values.count)
        other.forEachGroup { group, raters, values in
            let start = other.starts[group]
            for position in 0..<raters.count {
                let rater = Int(raters[position])
                deviations.start[start + position] = (values[position] - (constant + centres[rater] + otherBiases[group])) / spreads[rater]
            }
        }
        return NeighbourEstimator(
            normalization: normalization, isUserBased: isUserBased, neighbours: neighbours, minimumNeighbours: minimumNeighbours,
            constant: constant, similarities: similarities, centres: Column(copying: centres), spreads: Column(copying: spreads),
            otherBiases: Column(copying: otherBiases),
            ratings: Groups(starts: other.starts, others: other.others, values: Column(deviations)))
    }
}
