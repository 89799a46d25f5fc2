import ArgumentParser
import Recommenders

/// `recommend fold-in`: who came after training, into a model.
struct FoldIn: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes new users and items into a model, without training it again.",
        discussion: """
            New users are placed by their ratings of known items, then new items by their ratings of all users; for all that the model \
            knew, nothing changes. It is defined for models of svd, svdpp and bayesian.

            Example:
              recommend fold-in --model svd.model --ratings new.csv --output folded.model
            """)

    @Option(help: ArgumentHelp("The model that 'recommend train' wrote.", valueName: "file"), completion: .file())
    var model: String

    @OptionGroup var ratings: RatingFiles

    @Option(help: ArgumentHelp("Where to write the new model.", valueName: "file"), completion: .file())
    var output: String

    @OptionGroup var machine: MachineOptions

    func run() throws {
        let start = ContinuousClock.now
        let (model, folded) = try RatingModel(contentsOf: model).foldingIn(try ratings.read(), machine: try machine.chosen())
        try model.write(to: output)
        Terminal.note(
            """
            Took in \(Terminal.count(folded.users, "user")) and \(Terminal.count(folded.items, "item")), \
            in \(Terminal.seconds(since: start)).
            """)
    }
}
