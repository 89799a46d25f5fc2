import ArgumentParser
import Files
import Operations

/// The program `recommend`.
@main
struct RecommendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recommend",
        abstract: "Learns from ratings what people will like.",
        discussion: "Where a file is written, '-' is standard output.",
        version: "recommend \(VersionInfo.current)",
        subcommands: [
            Ingest.self, Validate.self, Split.self, Train.self, Inspect.self, FoldIn.self, Predict.self, Explain.self, Top.self,
            Evaluate.self, Compare.self, Tune.self, Gate.self, Rank.self, Neighbours.self, Serve.self,
            UnknownCommand<RecommendCommand>.self,
        ], defaultSubcommand: UnknownCommand<RecommendCommand>.self)

    /// On the main actor, so that it begins at once, before the threads that run tasks open anything.
    @MainActor
    static func main() async {
        occupyClosedStreams()
        await main(nil)
    }
}
