import ArgumentParser
import Recommenders

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `recommend evaluate`: how well an algorithm does on ratings that it has not seen.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures an algorithm on held-out ratings.",
        discussion: """
            Prints one JSON object: the mean RMSE and MAE, and those of each fold. Either '--folds' names the rows of the training \
            file that are tested on in turn, \
            or '--test' another file of ratings.
            """)

    @Option(help: ArgumentHelp("The algorithm: \(Algorithms.names.joined(separator: ", ")).", valueName: "name"))
    var algorithm = SVD.name

    @Option(help: ArgumentHelp("A file of ratings.", valueName: "file"))
    var train: String

    @Option(help: ArgumentHelp("Row numbers, from 0, of the training file that are tested on, a fold a line.", valueName: "file"))
    var folds: String?

    @Option(help: ArgumentHelp("A file of ratings to test on instead.", valueName: "file"))
    var test: String?

    @Option(help: ArgumentHelp("Where to write the estimates for '--test', as CSV.", valueName: "file"))
    var predictions: String?

    @Option(
        help: ArgumentHelp("Least and greatest estimate; those of the training file's ratings by default.", valueName: "min,max"),
        transform: { try RatingScale($0) })
    var scale: RatingScale?

    @Option(help: "Where random numbers start.")
    var seed: UInt64 = 0

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("An option of the algorithm, as Surprise names it; may be given several times.", valueName: "option=value"))
    var options: [String] = []

    func validate() throws {
        guard (folds == nil) != (test == nil) else { throw ValidationError("Give either '--folds' or '--test'.") }
        guard predictions == nil || test != nil else { throw ValidationError("'--predictions' goes with '--test'.") }
        _ = try asUsage(configured)
    }

    func run() throws {
        var dataset = Dataset()
        try RatingsReader.read(train, into: &dataset)
        let scale = if let scale { scale } else { try dataset.scale() }
        let trainRows = dataset.rowCount

        let algorithm = try configured()
        var scores: [FoldScore] = []
        if let test {
            try RatingsReader.read(test, into: &dataset)
            let (score, estimates) = try Evaluation(of: dataset, scale: scale).run(
                algorithm, train: Array(0..<trainRows), test: Array(trainRows..<dataset.rowCount))
            scores.append(score)
            if let predictions { try PredictionsFile.write(estimates, of: dataset, to: predictions) }
        } else if let folds {
            let folds = try FoldsReader.read(folds, rowCount: trainRows)
            let evaluation = Evaluation(of: dataset, scale: scale)
            for (fold, rows) in folds.testRows.enumerated() {
                scores.append(try evaluation.run(algorithm, train: folds.trainRows(for: fold), test: rows).0)
            }
        }
        try printJSON(EvaluationReport(algorithm: self.algorithm, seed: seed, folds: scores))
    }

    /// The algorithm with its options set.
    private func configured() throws(RecommenderError) -> any Algorithm {
        var algorithm = try Algorithms.named(algorithm, seed: seed)
        for option in options {
            let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw RecommenderError(.invalidOption, "'--set \(option)' names no value", hint: "Write it as '--set option=value'.")
            }
            try algorithm.set(parts[0], to: parts[1])
        }
        return algorithm
    }

    private func printJSON(_ report: EvaluationReport) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
}
