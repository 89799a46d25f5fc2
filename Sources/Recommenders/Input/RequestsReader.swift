/// Reads files of requests: lines `user item`, separated by a tab, a comma or spaces. Blank lines are skipped; there is no header.
public enum RequestsReader {
    /// Hands each request of a file to `body`, in the order of the lines.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - body: Called with user and item; the spans are valid only during the call.
    /// - Throws: `.io` when the file cannot be read, `.invalidInput`, naming file and line, when a line cannot be; and what `body`
    ///   throws.
    public static func forEachRequest(
        of path: String, _ body: (_ user: Span<UInt8>, _ item: Span<UInt8>) throws(RecommenderError) -> Void
    ) throws(RecommenderError) {
        try LineReader.forEachLine(of: path) { (line, number) throws(RecommenderError) in
            let fields = Fields(line)
            if fields.isBlank { return }
            guard fields.count == 2 else {
                throw invalid(path, number, "the line has \(fields.count) field\(fields.count == 1 ? "" : "s")")
            }
            let user = line.extracting(fields[0])
            let item = line.extracting(fields[1])
            guard user.count > 0 else { throw invalid(path, number, "the user is empty") }
            guard item.count > 0 else { throw invalid(path, number, "the item is empty") }
            try body(user, item)
        }
    }

    private static func invalid(_ path: String, _ number: Int, _ what: String) -> RecommenderError {
        RecommenderError(
            .invalidInput, "\(path):\(number): \(what)", hint: "A line is 'user item', separated by a tab, a comma or spaces.")
    }
}
