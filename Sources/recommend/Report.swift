import Recommenders

/// Prints a report to standard output.
func printJSON(_ report: some Encodable) throws {
    print(try JSONFile.text(of: report))
}

/// Names and values of `--set option=value`.
func assignments(_ options: [String]) throws(RecommenderError) -> [(name: String, value: String)] {
    var found: [(name: String, value: String)] = []
    for option in options {
        let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw RecommenderError(.invalidOption, "'--set \(option)' names no value", hint: "Write it as '--set option=value'.")
        }
        found.append((parts[0], parts[1]))
    }
    return found
}
