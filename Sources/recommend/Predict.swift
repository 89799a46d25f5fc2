import ArgumentParser
import Recommenders

/// `recommend predict`: requests in, estimates out.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Estimates ratings with a model.",
        discussion: """
            Requests are lines 'user item', separated by a tab, a comma or spaces. Each gives a line 'user item estimate'; \
            how many of them have a user or an item that the model does not know is told on standard error. \
            A folder of requests gives a folder of files with the same names, or where the output is '-', standard output, one after the other.

            Example:
              recommend predict --model svd.model --requests requests --output -
            """)

    @Option(help: ArgumentHelp("The model that 'recommend train' wrote.", valueName: "file"), completion: .file())
    var model: String

    @Option(help: ArgumentHelp("A file of requests, or a folder of such files.", valueName: "path"), completion: .file())
    var requests: String

    @Option(
        help: ArgumentHelp(
            "Where to write the estimates: a file for a file, a folder for a folder; '-' is standard output.", valueName: "path"),
        completion: .file())
    var output: String

    func run() throws {
        let start = ContinuousClock.now
        let tree = try FileTree.of(requests)
        let model = try RatingModel(contentsOf: model)
        var counts = RatingModel.AnswerCounts()
        for file in tree.files {
            // A file of requests may also be answered into a folder that is there, as `cp` would.
            let intoFolder = try output != OutputFile.standardOutput && (tree.isFolder || FileTree(at: output)?.isFolder == true)
            counts += try model.answer(
                requests: file.path, into: intoFolder ? FileTree.join(output, file.relativePath) : output)
        }
        if counts.unknown > 0 {
            Terminal.note("Estimates for users or items that the model does not know: \(counts.unknown) of \(counts.requests).")
        }
        Terminal.note("Answered requests: \(counts.requests), in files: \(tree.files.count), in \(Terminal.seconds(since: start)).")
    }
}
