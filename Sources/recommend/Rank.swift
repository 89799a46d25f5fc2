import ArgumentParser
import Recommenders

/// `recommend rank`: how well an algorithm finds what users like next.
struct Rank: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures how well an algorithm ranks items.",
        discussion: """
            Files hold lines 'user item', perhaps with a rating, which is not looked at, and a timestamp. All items of the training file are ranked for \
            each user, without those that the user has there. '--test' names a file to test on, or '--split' divides the training file. Prints one JSON object; docs/metrics.md defines its numbers.
            """)

    @Option(help: ArgumentHelp("The algorithm: \(RankingAlgorithms.names.joined(separator: ", ")).", valueName: "name"))
    var algorithm = EASE.name

    @Option(
        name: .customLong("set"), help: ArgumentHelp("An option of the algorithm; may be given several times.", valueName: "option=value"))
    var options: [String] = []

    @Option(help: "Where random numbers start.")
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("A file of who liked what, to train on.", valueName: "file"))
    var train: String

    @Option(help: ArgumentHelp("A file of who liked what, to test on.", valueName: "file"))
    var test: String?

    @Option(
        help: ArgumentHelp("Split the training file instead: folds=N (the first is tested on), last=N or time=SHARE.", valueName: "split"),
        transform: { try RatingSplit($0) })
    var split: RatingSplit?

    @Option(help: ArgumentHelp("A file of users and their features, separated by tabs, for '--by'.", valueName: "file"))
    var userFeatures: [String] = []

    @Option(
        help: ArgumentHelp(
            "Measure populations of users: by 'activity', or by NAME of the features NAME=value; may be given several times.",
            valueName: "name"), transform: { PopulationKey($0) })
    var by: [PopulationKey] = []

    @Option(help: ArgumentHelp("How many items are recommended to each user.", valueName: "count"))
    var at = 10

    @Option(
        help: ArgumentHelp("Write what is recommended to the tested users: user,item, the best first.", valueName: "file"))
    var lists: String?

    @OptionGroup var machine: MachineOptions

    func validate() throws {
        guard (1...10_000).contains(at) else { throw ValidationError("'--at' is a number from 1 to 10000.") }
        guard (test == nil) != (split == nil) else { throw ValidationError("Give either '--test' or '--split'.") }
        _ = try asUsage(configured)
    }

    func run() throws {
        var dataset = Dataset()
        try InteractionsReader.read(train, into: &dataset)
        var part = (train: Array(0..<dataset.rowCount), test: [Int]())
        if let test {
            try InteractionsReader.read(test, into: &dataset)
            part.test = Array(part.train.count..<dataset.rowCount)
        } else if let split {
            part = try split.divide(dataset, seed: seed)[0]
        }
        for path in userFeatures { try FeaturesReader.read(path, of: .users, into: &dataset) }
        let evaluation = try RankingEvaluation(of: dataset, train: part.train, test: part.test, by: by)
        let (report, ranked) = try evaluation.run(try configured(), at: at, seed: seed, on: try machine.chosen())
        if let lists { try RankedList.write(ranked, of: dataset, to: lists) }
        try printJSON(report)
    }

    private func configured() throws(RecommenderError) -> any RankingAlgorithm {
        var algorithm = try RankingAlgorithms.named(algorithm, seed: seed)
        for (option, value) in try assignments(options) { try algorithm.set(option, to: value) }
        return algorithm
    }
}
