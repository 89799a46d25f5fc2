/// Measures an algorithm on ratings that were held out.
public struct Evaluation: Sendable {
    /// A held-out rating and what was estimated for it.
    public struct Prediction: Hashable, Sendable {
        /// The row of the data set.
        public var row: Int
        /// The estimate, on the scale.
        public var estimate: Double
    }

    private let dataset: Dataset
    private let scale: RatingScale?

    /// - Parameters:
    ///   - dataset: The ratings, both those to train on and those to test on.
    ///   - scale: What estimates are kept within; by default from the least to the greatest rating that is trained on.
    public init(of dataset: Dataset, scale: RatingScale? = nil) {
        self.dataset = dataset
        self.scale = scale
    }

    /// Trains on some rows and estimates others.
    ///
    /// - Parameters:
    ///   - algorithm: What is measured.
    ///   - trainRows: The rows to train on, each in `0..<dataset.rowCount`, in that order.
    ///   - testRows: The rows to estimate, each in `0..<dataset.rowCount`; at least one.
    ///   - machine: What to compute with.
    /// - Returns: The score, and the estimates in the order of `testRows`.
    /// - Throws: `.noRatings` when there is nothing to train or to test on; what fitting throws.
    public func run(
        _ algorithm: some Algorithm, train trainRows: some RandomAccessCollection<Int>, test testRows: some RandomAccessCollection<Int>,
        on machine: Machine = .whole
    ) throws(RecommenderError) -> (FoldScore, [Prediction]) {
        guard !testRows.isEmpty else { throw .nothingToTest }
        let trainset = try Trainset(dataset, rows: trainRows)
        let scale = scale ?? trainset.scale
        let testRows = Array(testRows)
        let clock = ContinuousClock()
        let start = clock.now
        let estimator = try algorithm.fit(trainset, on: machine)
        let fitted = clock.now
        let estimates = machine.map(testRows.count) { position in
            let row = testRows[position]
            let user = trainset.users.number(of: dataset.userOfRow[row])
            let item = trainset.itemNumbers.number(of: dataset.itemOfRow[row])
            return scale.clip(estimator.estimate(user: user, item: item, time: dataset.time(of: row)) ?? trainset.mean)
        }
        let tested = clock.now
        let predictions = zip(testRows, estimates).map(Prediction.init)
        let score = FoldScore(
            predictions, of: dataset, trainRatings: trainset.ratingCount, fitSeconds: (fitted - start) / .seconds(1),
            testSeconds: (tested - fitted) / .seconds(1))
        return (score, predictions)
    }

    /// Estimates some rows with a model that is there already; none of them should be among those that it was trained on.
    ///
    /// - Parameters:
    ///   - model: What is measured. Estimates are kept within its own scale.
    ///   - testRows: The rows to estimate, each in `0..<dataset.rowCount`; at least one.
    ///   - machine: What to compute with.
    /// - Returns: The score, and the estimates in the order of `testRows`.
    /// - Throws: `.noRatings` when there is nothing to test on.
    public static func run(
        _ model: RatingModel, on dataset: Dataset, test testRows: some RandomAccessCollection<Int>, on machine: Machine = .whole
    ) throws(RecommenderError) -> (FoldScore, [Prediction]) {
        let testRows = Array(testRows)
        guard !testRows.isEmpty else { throw .nothingToTest }
        let clock = ContinuousClock()
        let start = clock.now
        let estimates = machine.map(testRows.count) { position in
            let row = testRows[position]
            return dataset.users.withBytes(of: Int(dataset.userOfRow[row])) { user in
                dataset.items.withBytes(of: Int(dataset.itemOfRow[row])) { item in
                    model.estimate(user: user, item: item, time: dataset.time(of: row))
                }
            }
        }
        let predictions = zip(testRows, estimates).map(Prediction.init)
        let score = FoldScore(
            predictions, of: dataset, trainRatings: model.ratingCount, fitSeconds: 0, testSeconds: (clock.now - start) / .seconds(1))
        return (score, predictions)
    }
}

extension RecommenderError {
    fileprivate static var nothingToTest: RecommenderError {
        RecommenderError(.noRatings, "There are no ratings to test on", hint: "Give at least one rating to test on.")
    }
}
