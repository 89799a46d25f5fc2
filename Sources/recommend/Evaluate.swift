import ArgumentParser
import Recommenders

/// `recommend evaluate`: how well an algorithm does on ratings that it has not seen.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures an algorithm, or a model, on held-out ratings.",
        discussion: """
            Prints one JSON object: RMSE, MAE and FCP with their intervals, the same for each population, and the scores of each fold; \
            docs/metrics.md defines its numbers. With '--predictions -' it goes to standard error. '--folds' names the rows of the training \
            file that are tested on in turn, '--test' another file of ratings, and '--split' divides the training file. The exit code is 3 where \
            training runs away.

            Example:
              recommend evaluate --algorithm knn-baseline --train ratings.csv \\
                --split folds=5
            """)

    @OptionGroup var algorithm: AlgorithmOptions

    @OptionGroup var files: HeldOutFiles

    @Option(help: ArgumentHelp("A model to measure on '--test', instead of training one.", valueName: "file"), completion: .file())
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Measure populations of users: by 'activity', or by NAME of the features NAME=value; may be given several times.",
            valueName: "name"), transform: { PopulationKey($0) })
    var by: [PopulationKey] = []

    @Option(help: ArgumentHelp("Where to write the estimates for '--test', as CSV.", valueName: "file"), completion: .file())
    var predictions: String?

    @Option(
        help: ArgumentHelp(
            "Where to write the report too, without its times, so that equal input gives equal bytes; '-' prints that one alone.",
            valueName: "file"),
        completion: .file())
    var output: String?

    func validate() throws {
        if algorithm.given.parameters == nil { try demandEstimates(asUsage(algorithm.chosen)) }
        guard predictions == nil || files.test != nil else { throw ValidationError("'--predictions' goes with '--test'.") }
        guard model == nil || files.test != nil else { throw ValidationError("'--model' goes with '--test'.") }
        try demandOneOnStandardOutput(["--predictions": predictions, "--output": output])
    }

    private func demandEstimates(_ parameters: Parameters) throws {
        guard try asUsage(parameters.ranking) == nil else {
            throw ValidationError("'\(parameters.algorithm)' ranks items; measure it with 'recommend rank'.")
        }
    }

    func run() throws {
        try measuring(evaluate)
    }

    private func evaluate() throws {
        let parameters = try algorithm.chosen()
        try demandEstimates(parameters)
        let ratings = try files.read(seed: parameters.seed)
        let machine = try algorithm.machine.chosen()
        var scores: [FoldScore] = []
        var estimates: [[Evaluation.Prediction]] = []
        var name = parameters.algorithm
        if let model {
            let model = try RatingModel(contentsOf: model)
            let (score, found) = try Evaluation.run(model, on: ratings.dataset, test: ratings.folds[0].test, on: machine)
            scores.append(score)
            estimates.append(found)
            name = type(of: model.algorithm).name
        } else {
            let configured = try parameters.configured()
            for fold in ratings.folds {
                let (score, found) = try ratings.evaluation.run(configured, train: fold.train, test: fold.test, on: machine)
                scores.append(score)
                estimates.append(found)
            }
        }
        if let predictions { try PredictionsFile.write(estimates[0], of: ratings.dataset, to: predictions) }
        var report = EvaluationReport(algorithm: name, seed: parameters.seed, folds: scores)
        if model == nil { report.options = parameters.options }
        report.detail(estimates, trainRows: ratings.folds.map(\.train), of: ratings.dataset, by: by, on: machine)
        if let output { try JSONFile.write(report.untimed, to: output) }
        if output != OutputFile.standardOutput { try printJSON(report, beside: predictions) }
    }
}
