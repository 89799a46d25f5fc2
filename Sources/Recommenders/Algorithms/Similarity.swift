internal import CKernels

/// How alike users, or items, are, by their ratings of what they have in common; as options of the neighbourhood algorithms.
struct Similarity: Hashable, Sendable {
    enum Measure: String, CaseIterable, Sendable {
        /// 1 / (1 + the mean squared difference).
        case msd
        /// The cosine of the angle between the ratings in common.
        case cosine
        /// Pearson's correlation of the ratings in common.
        case pearson
        /// The cosine of what baselines leave unexplained, shrunk towards 0 where little is in common.
        case pearsonBaseline = "pearson_baseline"

        fileprivate var kernel: ck_measure {
            switch self {
            case .msd: ck_msd
            case .cosine: ck_cosine
            case .pearson: ck_pearson
            case .pearsonBaseline: ck_pearson_baseline
            }
        }
    }

    /// Surprise's `sim_options["name"]`.
    var measure = Measure.msd
    /// Whether users are compared, or else items. Surprise's `user_based`.
    var isUserBased = true
    /// Similarities of those with fewer in common are 0. Surprise's `min_support`.
    var minimumSupport = 1
    /// How much `pearson_baseline` shrinks. Surprise's `shrinkage`.
    var shrinkage = 100.0

    static let options: [AlgorithmOption<Similarity>] = [
        .choice("sim", \.measure), .flag("user_based", \.isUserBased), .integer("min_support", \.minimumSupport, 0...Int(Int32.max)),
        .number("shrinkage", \.shrinkage, 0...1e9),
    ]

    /// The similarities of all pairs, row-major; 0 where nothing is in common or the measure is not defined.
    ///
    /// - Parameters:
    ///   - trainset: The ratings.
    ///   - byItem: They again, by item.
    ///   - biases: The baselines, which `pearson_baseline` needs.
    ///   - machine: What to compute with.
    /// - Throws: `.invalidInput` when they take more memory than the machine has.
    func matrix(
        _ trainset: Trainset, byItem: Groups, biases: () -> (users: [Double], items: [Double]), on machine: Machine
    ) throws(RecommenderError) -> Column<Double> {
        let rows = isUserBased ? trainset.byUser : byItem
        let columnCount = isUserBased ? trainset.itemCount : trainset.userCount
        let ratings: SparseRatings
        if measure == .pearsonBaseline {
            let (users, items) = biases()
            let (rowBiases, columnBiases) = isUserBased ? (users, items) : (items, users)
            ratings = SparseRatings(rows, columnCount: columnCount) { row, column, value in
                value - (trainset.mean + columnBiases[column] + rowBiases[row])
            }
        } else {
            ratings = SparseRatings(rows, columnCount: columnCount)
        }
        return try ratings.square(of: isUserBased ? "users" : "items", diagonal: 1, on: machine) { matrix, row, scratch, similarities in
            machine.kernels.similarities(measure.kernel, matrix, row, Double(minimumSupport), shrinkage, scratch, similarities)
        }
    }
}
