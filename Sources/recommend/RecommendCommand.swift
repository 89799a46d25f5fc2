import ArgumentParser

/// The program `recommend`.
@main
struct RecommendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recommend",
        abstract: "Learns from ratings what people will like.",
        subcommands: [
            Ingest.self, Validate.self, Split.self, Train.self, Inspect.self, FoldIn.self, Predict.self, Top.self, Evaluate.self,
            Compare.self, Tune.self, Gate.self, Rank.self, Neighbours.self, Serve.self,
        ])
}
