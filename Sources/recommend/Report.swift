import ArgumentParser
import Recommenders

/// Prints a report to standard output; to standard error where that is one of the files that a command writes, which then has it alone.
func printJSON(_ report: some Encodable, beside files: String?...) throws {
    guard files.contains(OutputFile.standardOutput) else { return try JSONFile.write(report, to: OutputFile.standardOutput) }
    Terminal.note(String(decoding: try JSONFile.bytes(of: report), as: UTF8.self))
}

/// Finds that no two files that a command writes are standard output.
///
/// - Parameter files: The options that name them.
func demandOneOnStandardOutput(_ files: KeyValuePairs<String, String?>) throws {
    let names = files.filter { $0.value == OutputFile.standardOutput }.map { "'\($0.key)'" }
    guard names.count <= 1 else { throw ValidationError("Only one of \(names.joined(separator: " and ")) can be standard output.") }
}

/// Names and values of `--set option=value`, or of another option that is written like it.
func assignments(_ options: [String], of form: String = "--set option=value") throws(RecommenderError) -> [(name: String, value: String)] {
    var found: [(name: String, value: String)] = []
    for option in options {
        let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw RecommenderError(.invalidOption, "'\(option)' names no value", hint: "Write it as '\(form)'.")
        }
        found.append((parts[0], parts[1]))
    }
    return found
}
