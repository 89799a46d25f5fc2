import ArgumentParser
import Recommenders

/// `recommend evaluate`: how well an algorithm does on ratings that it has not seen.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures an algorithm on held-out ratings.",
        discussion: """
            Prints one JSON object: the mean RMSE and MAE, and those of each fold. Either '--folds' names the rows of the training \
            file that are tested on in turn, \
            or '--test' another file of ratings.
            """)

    @OptionGroup var algorithm: AlgorithmOptions

    @Option(help: ArgumentHelp("A file of ratings.", valueName: "file"))
    var train: String

    @Option(help: ArgumentHelp("Row numbers, from 0, of the training file that are tested on, a fold a line.", valueName: "file"))
    var folds: String?

    @Option(help: ArgumentHelp("A file of ratings to test on instead.", valueName: "file"))
    var test: String?

    @OptionGroup var features: FeatureFiles

    @Option(help: ArgumentHelp("Where to write the estimates for '--test', as CSV.", valueName: "file"))
    var predictions: String?

    @Option(
        help: ArgumentHelp("Least and greatest estimate; those of the training file's ratings by default.", valueName: "min,max"),
        transform: { try RatingScale($0) })
    var scale: RatingScale?

    func validate() throws {
        guard (folds == nil) != (test == nil) else { throw ValidationError("Give either '--folds' or '--test'.") }
        guard predictions == nil || test != nil else { throw ValidationError("'--predictions' goes with '--test'.") }
    }

    func run() throws {
        var dataset = Dataset()
        try RatingsReader.read(train, into: &dataset)
        try features.read(into: &dataset)
        let scale = if let scale { scale } else { try dataset.scale() }
        let trainRows = dataset.rowCount

        let configured = try algorithm.configured()
        let machine = try algorithm.machine.chosen()
        var scores: [FoldScore] = []
        if let test {
            try RatingsReader.read(test, into: &dataset)
            let (score, estimates) = try Evaluation(of: dataset, scale: scale).run(
                configured, train: 0..<trainRows, test: trainRows..<dataset.rowCount, on: machine)
            scores.append(score)
            if let predictions { try PredictionsFile.write(estimates, of: dataset, to: predictions) }
        } else if let folds {
            let folds = try FoldsReader.read(folds, rowCount: trainRows)
            let evaluation = Evaluation(of: dataset, scale: scale)
            for (fold, rows) in folds.testRows.enumerated() {
                scores.append(try evaluation.run(configured, train: folds.trainRows(for: fold), test: rows, on: machine).0)
            }
        }
        try printJSON(EvaluationReport(algorithm: algorithm.algorithm, seed: algorithm.seed, folds: scores))
    }
}
