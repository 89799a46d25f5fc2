/// Reads files of who liked what: lines of a user and an item, and perhaps a rating, which is not looked at, and a timestamp.
///
/// Fields are separated by tabs, commas or spaces. Blank lines are skipped. The first line that is not blank may be a header: it is one when
/// a word stands in the rating's place, or it is `user,item` or `userId,itemId`.
public enum InteractionsReader {
    /// Appends the pairs of a file to a data set, in the order of their lines.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - dataset: Where pairs go, with a rating of 1. When this throws, those before the bad line are in it.
    /// - Throws: `.io` when the file cannot be read, `.invalidInput`, naming file and line, when a line cannot be.
    public static func read(_ path: String, into dataset: inout Dataset) throws(RecommenderError) {
        var isFirst = true
        var hasHeader = false
        try LineReader.forEachLine(of: path) { (line, number) throws(RecommenderError) in
            let fields = Fields(line)
            if fields.isBlank { return }
            defer { isFirst = false }
            guard (2...4).contains(fields.count) else {
                throw invalid(path, number, "the line has \(fields.count) field\(fields.count == 1 ? "" : "s")")
            }
            if isFirst || hasHeader, fields.count > 2, RatingsReader.isWord(line.extracting(fields[2])) {
                // One line like that names columns. Where another follows, the first would be lost in silence.
                guard isFirst else { throw invalid(path, number, "the rating '\(String(line.extracting(fields[2])))' is a word") }
                hasHeader = true
                return
            }
            let user = line.extracting(fields[0])
            let item = line.extracting(fields[1])
            if isFirst, fields.count == 2, namesColumns(user, item) { return }
            guard user.count > 0 else { throw invalid(path, number, "the user is empty") }
            guard item.count > 0 else { throw invalid(path, number, "the item is empty") }
            let time = fields.count == 4 ? DecimalNumber.integer(line.extracting(fields[3])) : nil
            try dataset.append(user: user, item: item, rating: 1, time: time)
        }
    }

    /// Whether two fields are a header that is known to be one, as that of `recommend top`: without a rating, any other may be a pair.
    private static func namesColumns(_ user: Span<UInt8>, _ item: Span<UInt8>) -> Bool {
        [("user", "item"), ("userId", "itemId")].contains { (String(user), String(item)) == $0 }
    }

    private static func invalid(_ path: String, _ number: Int, _ what: String) -> RecommenderError {
        RecommenderError(
            .invalidInput, "\(path):\(number): \(what)",
            hint: "A line is 'user item', perhaps with a rating and a timestamp, separated by tabs, commas or spaces.")
    }
}
