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
    ///
    /// - Throws: `.invalidInput` when the similarities take more memory than the machine has, `.diverged` when the baselines ran away.
    func fit(_ trainset: Trainset, normalization: Normalization, on machine: Machine) throws(RecommenderError) -> NeighbourEstimator {
        let byItem = trainset.byItem
        let isUserBased = similarity.isUserBased
        let (own, other) = isUserBased ? (trainset.byUser, byItem) : (byItem, trainset.byUser)
        let needsBiases = normalization == .baseline || similarity.measure == .pearsonBaseline
        let biases: (users: [Double], items: [Double]) =
            needsBiases ? try baselines.fit(trainset, byItem: byItem, on: machine) : ([], [])
        let similarities = try similarity.matrix(trainset, byItem: byItem, biases: { biases }, on: machine)

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
        let ratings =
            normalization == .none ? other : other.deviating(from: constant, centres: centres, biases: otherBiases, spreads: spreads)
        return NeighbourEstimator(
            normalization: normalization, isUserBased: isUserBased, neighbours: neighbours, minimumNeighbours: minimumNeighbours,
            constant: constant, similarities: similarities, centres: Column(copying: centres), spreads: Column(copying: spreads),
            otherBiases: Column(copying: otherBiases), ratings: ratings)
    }
}

extension Groups {
    /// How far each value is from what is expected of it, in the spread of the one that it is of.
    ///
    /// - Parameters:
    ///   - constant: What is expected of all.
    ///   - centres: And of each one on the other side.
    ///   - biases: And of each group.
    ///   - spreads: One for each on the other side.
    fileprivate func deviating(from constant: Double, centres: [Double], biases: [Double], spreads: [Double]) -> Groups {
        let deviations = AlignedMemory<Double>(count: values.count)
        for group in 0..<count {
            for position in starts[group]..<starts[group + 1] {
                let other = Int(others[position])
                deviations.start[position] = (values[position] - (constant + centres[other] + biases[group])) / spreads[other]
            }
        }
        return Groups(starts: starts, others: others, values: Column(deviations))
    }
}
