import ArgumentParser
import Recommenders

/// `recommend train`: ratings in, a model file out.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trains a model that estimates ratings, or one that ranks items.",
        discussion: """
            Ratings are lines 'user item rating' or 'user item rating timestamp', separated by tabs, commas or spaces; \
            a file may begin with a header. \
            Files below a folder are read in byte order of their paths. Where a user rated an item several times, the last rating counts. \
            The same ratings and options give the same model, byte for byte, at any number of threads, on one instruction set ('--isa'). \
            Algorithms that rank items (\(RankingAlgorithms.names.joined(separator: ", "))) take who has a line with what; ratings may be \
            missing and are not looked at.

            Example:
              recommend train --ratings ratings.csv --set n_factors=50 --output svd.model
            """)

    @OptionGroup var ratings: RatingFiles

    @Option(help: ArgumentHelp("Where to write the model.", valueName: "file"), completion: .file())
    var output: String

    @Option(
        help: ArgumentHelp("Least and greatest estimate; those of the ratings by default.", valueName: "min,max"),
        transform: { try RatingScale($0) })
    var scale: RatingScale?

    @Option(
        help: ArgumentHelp("A model of the same algorithm to start from, if it is there, such as /pfs/.previous/model.", valueName: "file"),
        completion: .file())
    var warmStart: String?

    @OptionGroup var features: FeatureFiles

    @OptionGroup var algorithm: AlgorithmOptions

    func validate() throws {
        guard algorithm.given.parameters == nil, let ranking = try asUsage(algorithm.ranking) else { return }
        try demandNothingBeside(ranking)
    }

    private func demandNothingBeside(_ ranking: any RankingAlgorithm) throws {
        guard scale == nil, warmStart == nil, features.userFeatures.isEmpty, features.itemFeatures.isEmpty else {
            throw ValidationError(
                "'\(type(of: ranking).name)' ranks items: '--scale', '--warm-start' and features do not go with it.")
        }
    }

    func run() throws {
        let parameters = try algorithm.chosen()
        try parameters.check()
        if let ranking = try parameters.ranking() {
            try demandNothingBeside(ranking)
            try train(ranking)
        } else {
            try train(parameters)
        }
    }

    private func train(_ ranking: any RankingAlgorithm) throws {
        let start = ContinuousClock.now
        let model = try RankingModel(
            training: ranking, on: try ratings.read(interactions: true), machine: try algorithm.machine.chosen())
        try model.write(to: output)
        Terminal.note(
            """
            Trained \(type(of: ranking).name) on \(Terminal.count(model.pairCount, "pair")) of \(Terminal.count(model.itemCount, "item")) \
            and \(Terminal.count(model.userCount, "user")), in \(Terminal.seconds(since: start)).
            """)
    }

    private func train(_ parameters: Parameters) throws {
        let start = ContinuousClock.now
        var dataset = try ratings.read()
        try features.read(into: &dataset)
        let model = try RatingModel(
            training: try parameters.configured(), on: dataset, scale: scale, from: try previous(), machine: try algorithm.machine.chosen())
        try model.write(to: output)
        Terminal.note(
            """
            Trained \(parameters.algorithm) on \(Terminal.count(model.ratingCount, "rating")) \
            of \(Terminal.count(model.itemCount, "item")) by \(Terminal.count(model.userCount, "user")), \
            scale \(model.scale.lower) to \(model.scale.upper), in \(Terminal.seconds(since: start)).
            """)
    }

    /// The model to start from. The first run of a pipeline has none.
    private func previous() throws(RecommenderError) -> RatingModel? {
        guard let warmStart else { return nil }
        guard try FileTree(at: warmStart) != nil else {
            Terminal.note("There is no model at '\(warmStart)' yet: training starts from scratch.")
            return nil
        }
        return try RatingModel(contentsOf: warmStart)
    }
}
