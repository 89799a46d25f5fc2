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
}
