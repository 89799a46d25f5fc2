import ArgumentParser
import Recommenders

/// `recommend rank`: how well an algorithm finds what users like next.
struct Rank: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures how well an algorithm ranks items.",
        discussion: """
            Files hold lines 'user item', perhaps with a rating, which is not looked at, and a timestamp. All items of the training file are \
            ranked for each user, without those that the user has there. '--test' names a file to test on, or '--split' divides the \
            training file. Prints one JSON object; docs/metrics.md defines its numbers. With '--lists -' it goes to standard error.

            Example:
              recommend rank --algorithm ease --train ratings.csv --split last=1
            """)

    @Option(
        help: ArgumentHelp("The algorithm: \(RankingAlgorithms.names.joined(separator: ", ")). (default: \(EASE.name))", valueName: "name"))
    var algorithm: String?

    @OptionGroup var given: ParameterOptions

    @Option(help: ArgumentHelp("A file of who liked what, to train on.", valueName: "file"), completion: .file())
    var train: String

    @Option(help: ArgumentHelp("A file of who liked what, to test on.", valueName: "file"), completion: .file())
    var test: String?

    @Option(
        help: ArgumentHelp("Split the training file instead: folds=N (the first is tested on), last=N or time=SHARE.", valueName: "split"),
        transform: { try RatingSplit($0) })
    var split: RatingSplit?

    @Option(
        help: ArgumentHelp("A file of users and their features, separated by tabs, for '--by'.", valueName: "file"), completion: .file())
    var userFeatures: [String] = []

    @Option(
        help: ArgumentHelp(
            "Measure populations of users: by 'activity', or by NAME of the features NAME=value; may be given several times.",
            valueName: "name"), transform: { PopulationKey($0) })
    var by: [PopulationKey] = []

    @Option(help: ArgumentHelp("How many items are recommended to each user.", valueName: "count"))
    var at = 10

    @Option(
        help: ArgumentHelp("Write what is recommended to the tested users: user,item, the best first.", valueName: "file"),
        completion: .file())
    var lists: String?

    @Option(
        help: ArgumentHelp(
            "Where to write the report too, without its times, so that equal input gives equal bytes; '-' prints that one alone.",
            valueName: "file"),
        completion: .file())
    var output: String?

    @OptionGroup var machine: MachineOptions

    func validate() throws {
        guard (1...10_000).contains(at) else { throw ValidationError("'--at' is a number from 1 to 10000.") }
        guard (test == nil) != (split == nil) else { throw ValidationError("Give either '--test' or '--split'.") }
        try demandOneOnStandardOutput(["--lists": lists, "--output": output])
        // A file that cannot be used is no mistake of the command line.
        if given.parameters == nil { _ = try asUsage { () throws(RecommenderError) in try configured(chosen()) } }
    }

    func run() throws {
        try measuring(rank)
    }

    private func rank() throws {
        let parameters = try chosen()
        let algorithm = try configured(parameters)
        var dataset = Dataset()
        try InteractionsReader.read(train, into: &dataset)
        var part = (train: Array(0..<dataset.rowCount), test: [Int]())
        if let test {
            try InteractionsReader.read(test, into: &dataset)
            part.test = Array(part.train.count..<dataset.rowCount)
        } else if let split {
            part = try split.divide(dataset, seed: parameters.seed)[0]
        }
        for path in userFeatures { try FeaturesReader.read(path, of: .users, into: &dataset) }
        let evaluation = try RankingEvaluation(of: dataset, train: part.train, test: part.test, by: by)
        var (report, ranked) = try evaluation.run(algorithm, at: at, seed: parameters.seed, on: try machine.chosen())
        report.options = parameters.options
        if let lists { try RankedList.write(ranked, of: dataset, to: lists) }
        if let output { try JSONFile.write(report.untimed, to: output) }
        if output != OutputFile.standardOutput { try printJSON(report, beside: lists) }
    }

    private func chosen() throws(RecommenderError) -> Parameters {
        try given.chosen(algorithm, or: EASE.name)
    }

    private func configured(_ parameters: Parameters) throws(RecommenderError) -> any RankingAlgorithm {
        // Where it is none of those that rank, the error names them.
        if let algorithm = try parameters.ranking() { return algorithm }
        return try RankingAlgorithms.named(parameters.algorithm)
    }
}
