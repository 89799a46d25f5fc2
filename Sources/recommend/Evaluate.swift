import ArgumentParser
import Recommenders

/// `recommend evaluate`: how well an algorithm does on ratings that it has not seen.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures an algorithm on held-out ratings.",
        discussion: """
            Prints one JSON object: the mean RMSE and MAE, and those of each fold; docs/metrics.md defines its numbers. Either '--folds' \
            names the rows of the training file that are tested on in turn, or '--test' another file of ratings.
            """)

    @OptionGroup var algorithm: AlgorithmOptions

    @OptionGroup var files: HeldOutFiles

    @Option(help: ArgumentHelp("Where to write the estimates for '--test', as CSV.", valueName: "file"))
    var predictions: String?

    func validate() throws {
        guard predictions == nil || files.test != nil else { throw ValidationError("'--predictions' goes with '--test'.") }
    }

    func run() throws {
        let ratings = try files.read()
        let configured = try algorithm.configured()
        let machine = try algorithm.machine.chosen()
        var scores: [FoldScore] = []
        for fold in ratings.folds {
            let (score, estimates) = try ratings.evaluation.run(configured, train: fold.train, test: fold.test, on: machine)
            scores.append(score)
            if let predictions { try PredictionsFile.write(estimates, of: ratings.dataset, to: predictions) }
        }
        try printJSON(EvaluationReport(algorithm: algorithm.algorithm, seed: algorithm.seed, folds: scores))
    }
}
