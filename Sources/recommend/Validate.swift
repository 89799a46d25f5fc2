import ArgumentParser
import Recommenders

/// `recommend validate`: rows against a schema, and against what came before.
struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks rows against a schema, and for drift.",
        discussion: """
            Good rows go to rows/, bad ones to quarantine/ with what is wrong, what the good ones are like to sketches.json, and what was found \
            to report.json and standard output. Ends with exit code 1 when something is beyond a limit of the schema; \
            docs/data-quality.md describes schemas.

            Example:
              recommend validate --schema catalogue/schema.json --input ingested/rows \\
                --previous last --output validated
            """)

    @Option(help: ArgumentHelp("The schema, JSON; files that it refers to are beside it.", valueName: "file"), completion: .file())
    var schema: String

    @Option(help: ArgumentHelp("A file of rows, or a folder of such files.", valueName: "path"), completion: .file())
    var input: String

    @Option(
        help: ArgumentHelp(
            "What 'recommend ingest' put aside, if it is there: each of its lines counts as a bad row.", valueName: "path"),
        completion: .file())
    var quarantine: String?

    @Option(
        help: ArgumentHelp(
            "The output of the last version, to measure drift from, if it is there, such as /pfs/.previous.", valueName: "folder"),
        completion: .directory)
    var previous: String?

    @OptionGroup var output: OutputFolder

    func run() throws {
        let tree = try FileTree.of(input)
        let report = try Validation(try Schema(contentsOf: schema), previous: previous).run(tree, aside: quarantine, into: output.path)
        let asides = try quarantine.flatMap { path throws(RecommenderError) in try FileTree(at: path) }?.files ?? []
        try output.settleRows(report.files.mapValues { $0.bad > 0 }, reading: tree.files + asides)
        try printJSON(report)
        guard report.failures.isEmpty else {
            let lines = report.failures + report.examples.map { "  \($0)" }
            let places = ["quarantine/", quarantine.map { "'\($0)'" }, "report.json"].compactMap(\.self).joined(separator: ", ")
            throw RecommenderError(
                .limitExceeded, "The rows of '\(input)' are beyond limits:\n\(lines.joined(separator: "\n"))",
                hint: "Mend the data (what is wrong stands in \(places)), or change the limits in '\(schema)'.")
        }
    }
}
