import ArgumentParser
import Recommenders

/// `recommend compare`: a table of algorithms.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures algorithms on the same held-out ratings, and prints a table.",
        discussion: """
            Each algorithm runs with its defaults, the best first in the table. Progress goes to standard error, and why an algorithm has no \
            row where it cannot learn from the ratings. '--folds' names the \
            rows of the training file that are tested on in turn, '--test' another file of ratings, and '--split' divides the training file.

            Example:
              recommend compare --train parts/train.tsv --test parts/test.tsv
            """)

    @Option(
        help: ArgumentHelp(
            "An algorithm; may be given several times. All by default: \(Algorithms.names.joined(separator: ", ")).", valueName: "name"))
    var algorithm: [String] = []

    @OptionGroup var files: HeldOutFiles

    @Option(help: "Where random numbers start.")
    var seed: UInt64 = 0

    @OptionGroup var machine: MachineOptions

    func validate() throws {
        for name in algorithm { _ = try asUsage { () throws(RecommenderError) in try Algorithms.named(name) } }
    }

    func run() throws {
        let ratings = try files.read(seed: seed)
        let machine = try machine.chosen()
        let names = algorithm.isEmpty ? Algorithms.names : algorithm
        var reports: [EvaluationReport] = []
        var failure: RecommenderError?
        for (position, name) in names.enumerated() {
            let start = ContinuousClock.now
            do throws(RecommenderError) {
                let configured = try Algorithms.named(name, seed: seed)
                let scores = try ratings.folds.map { fold throws(RecommenderError) in
                    try ratings.evaluation.run(configured, train: fold.train, test: fold.test, on: machine).0
                }
                reports.append(EvaluationReport(algorithm: name, seed: seed, folds: scores))
                Terminal.note("\(position + 1) of \(names.count): \(name), \(Terminal.seconds(since: start))")
            } catch {
                failure = failure ?? error
                Terminal.note("\(position + 1) of \(names.count): \(name) has no row: \(error)")
            }
        }
        if reports.isEmpty, let failure { throw failure }
        var output = try OutputFile(OutputFile.standardOutput)
        try output.write((table(Self.rows(of: reports.sorted { $0.rmse < $1.rmse })) + "\n").utf8)
        try output.finish()
    }

    /// Columns: name, RMSE, MAE, fraction of concordant pairs, seconds of fit and of test.
    private static func rows(of reports: [EvaluationReport]) -> [[String]] {
        [["", "RMSE", "MAE", "FCP", "fit s", "test s"]]
            + reports.map {
                [
                    $0.algorithm, decimals($0.rmse, 4), decimals($0.mae, 4), $0.fcp.map { decimals($0, 4) } ?? "-",
                    decimals($0.fitSeconds ?? 0, 3), decimals($0.testSeconds ?? 0, 3),
                ]
            }
    }
}
