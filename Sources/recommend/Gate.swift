import ArgumentParser
import Recommenders

/// `recommend gate`: whether what was evaluated may be published.
struct Gate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lets an evaluation pass that is good enough, and no worse than what passed before.",
        discussion: """
            Prints one JSON object: what was compared, and why it may not pass; with '--output -' to standard error. When it may, the \
            evaluation is written to the output; otherwise nothing is, and the exit code is 1. With --decision, an evaluation that does not \
            pass is held back where one passed before: that one is the output, and the exit code is 0.

            Example:
              recommend gate --evaluation evaluation.json \\
                --previous published/evaluation.json --tolerance 0.002 --limit rmse=0.9 \\
                --output evaluation.passed.json
            """)

    @Option(help: ArgumentHelp("What 'recommend evaluate' or 'recommend rank' reported.", valueName: "file"), completion: .file())
    var evaluation: String

    @Option(
        help: ArgumentHelp(
            "The evaluation that passed last, if it is there, such as /pfs/.previous/evaluation.json.", valueName: "file"),
        completion: .file())
    var previous: String?

    @Option(
        help: ArgumentHelp(
            "What '--decision' wrote last, if it is there, such as /pfs/.previous/decision.json: it has the best that ever passed, which the "
                + "evaluation is compared with, too.", valueName: "file"),
        completion: .file())
    var previousDecision: String?

    @Option(
        help: ArgumentHelp("What is compared: \(Measure.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "measure"),
        transform: { name in try asUsage { () throws(RecommenderError) in try Measure(named: name) } })
    var compare = Measure.rmse

    @Option(
        help: ArgumentHelp(
            "How much worse it may be, in the measure's own units; where the report has an interval, the better end of that.",
            valueName: "number"))
    var tolerance = 0.0

    @Option(
        help: ArgumentHelp(
            "The worst that may pass, whatever was before: the most of an error, the least of what should be large; may be given several times.",
            valueName: "measure=number"))
    var limit: [String] = []

    @Option(help: ArgumentHelp("Where to write the evaluation when it passes.", valueName: "file"), completion: .file())
    var output: String

    @Option(
        name: .customLong("decision"),
        help: ArgumentHelp("Where to write what is printed, too; who reads it there needs no exit code.", valueName: "file"),
        completion: .file())
    var decisionFile: String?

    func validate() throws {
        try demandOneOnStandardOutput(["--output": output, "--decision": decisionFile])
        _ = try asUsage(gate)
    }

    func run() throws {
        let decision = try gate().decide(evaluation, previous: previous, decision: previousDecision)
        try printJSON(decision, beside: output)
        let reasons = decision.failures.joined(separator: "; ")
        if decision.passed {
            try FileTree.copy(evaluation, to: output)
        } else if decisionFile != nil, let previous, try FileTree(at: previous) != nil {
            Terminal.note("'\(evaluation)' is held back: \(reasons). The last that passed stays.")
            try FileTree.copy(previous, to: output)
        } else {
            throw RecommenderError(
                .limitExceeded,
                "'\(evaluation)' may not be published\(decisionFile == nil ? "" : ", and none passed before that could stay"): \(reasons)",
                hint: "Mend the data or the parameters, or allow more with '--tolerance' and '--limit'.")
        }
        if let decisionFile, decisionFile != OutputFile.standardOutput { try JSONFile.write(decision, to: decisionFile) }
    }

    private func gate() throws(RecommenderError) -> Recommenders.Gate {
        var limits: [Measure: Double] = [:]
        for (name, value) in try assignments(limit, of: "--limit measure=number") {
            guard let number = Double(value), number.isFinite else {
                throw RecommenderError(.invalidOption, "'\(value)' is not a limit for \(name)", hint: "Give a number, such as rmse=0.9.")
            }
            limits[try Measure(named: name)] = number
        }
        return try Recommenders.Gate(comparing: compare, tolerance: tolerance, limits: limits)
    }
}
