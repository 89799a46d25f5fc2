import ArgumentParser
import Recommenders

/// `recommend inspect`: what a model file is.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Describes a model file.",
        discussion: "Prints one JSON object: algorithm, options, instruction set, sizes and sections; docs/model-format.md defines them.")

    @Option(help: ArgumentHelp("The model that 'recommend train' wrote.", valueName: "file"), completion: .file())
    var model: String

    @Flag(inversion: .prefixedNo, help: "Compare the contents with their checksums, which takes reading all of the file.")
    var verify = true

    func run() throws {
        try printJSON(try ModelDescription(contentsOf: model, verifying: verify))
    }
}
