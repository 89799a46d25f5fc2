import Recommenders

/// Prints a report to standard output.
func printJSON(_ report: some Encodable) throws {
    print(String(decoding: try JSONFile.bytes(of: report), as: UTF8.self))
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
