import ArgumentParser
import Recommenders

/// The folder that a command writes to, as its option.
struct OutputFolder: ParsableArguments {
    @Option(name: .customLong("output"), help: ArgumentHelp("The folder to write to.", valueName: "folder"), completion: .directory)
    var path: String

    func validate() throws {
        guard path != OutputFile.standardOutput else {
            throw ValidationError("'--output' is a folder here, which standard output is not; a folder of that name is './-'.")
        }
    }

    /// Settles what lies in the folder beside what the run wrote to `rows` and `quarantine`, and tells of what stays there.
    ///
    /// - Parameters:
    ///   - written: The files of the run, and whether each has lines in quarantine.
    ///   - inputs: What it read.
    func settleRows(_ written: [String: Bool], reading inputs: [FileTree.File]) throws {
        let others = try EarlierOutput(in: path, reading: inputs).settleRows(written)
        guard let first = others.first else { return }
        Terminal.note(
            "'\(path)' has \(Terminal.count(others.count, "file")) that this run did not write, such as '\(first)': "
                + "whoever reads the folder reads them, too. Remove what is of no use.")
    }
}
