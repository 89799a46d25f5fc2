import ArgumentParser
import Recommenders

/// `recommend ingest`: what comes in, into one form.
struct Ingest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings files of ratings or events into one form.",
        discussion: """
            Reads lines 'user item rating' with or without a timestamp, separated by tabs, commas or spaces, and lines of an event stream, \
            'time,user,GET /rate/item=4'. Ratings go to rows/, separated by tabs; lines of neither form to quarantine/, with what is wrong. \
            Prints a JSON object that counts each file's lines.

            Example:
              recommend ingest --input ratings.csv --output ingested
            """)

    @Option(help: ArgumentHelp("A file, or a folder of files.", valueName: "path"), completion: .file())
    var input: String

    @OptionGroup var output: OutputFolder

    func run() throws {
        let tree = try FileTree.of(input)
        let counts = try Ingestion.take(tree, into: output.path)
        try output.settleRows(counts.mapValues { $0.bad > 0 }, reading: tree.files)
        try printJSON(counts)
    }
}
