/// Reads rating files.
///
/// A line is `user item rating` or `user item rating timestamp`, separated by tabs, commas or spaces. Users and items are any text
/// without the separator; the timestamp is seconds since 1970, and left out of account when it is not a number. Blank lines are skipped. The first line that is not blank may be a header:
/// it is one when the rating's place holds a word instead of a number. A file may be empty, or hold nothing but a header.
public enum RatingsReader {
    /// The largest magnitude of a rating. Arbitrary, but small enough for sums of squares in any sane number of ratings.
    public static let ratingLimit = 1e9

    /// Appends the ratings of a file to a data set, in the order of their lines.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - dataset: Where ratings go. When this throws, the ratings before the bad line are in it.
    /// - Throws: `.io` when the file cannot be read, `.invalidInput`, naming file and line, when a line cannot be.
    public static func read(_ path: String, into dataset: inout Dataset) throws(RecommenderError) {
        var isFirst = true
        try LineReader.forEachLine(of: path) { (line, number) throws(RecommenderError) in
            let fields = Fields(line)
            if fields.isBlank { return }
            defer { isFirst = false }
            guard fields.count == 3 || fields.count == 4 else {
                throw invalid(path, number, "the line has \(fields.count) field\(fields.count == 1 ? "" : "s")")
            }
            let user = line.extracting(fields[0])
            let item = line.extracting(fields[1])
            let text = line.extracting(fields[2])
            guard let rating = DecimalNumber.parse(text) else {
                if isFirst, isWord(text) { return }
                throw invalid(path, number, "the rating '\(String(text))' is not a finite decimal number")
            }
            guard abs(rating) <= ratingLimit else {
                throw invalid(path, number, "the rating \(rating) is beyond \(ratingLimit)")
            }
            guard user.count > 0 else { throw invalid(path, number, "the user is empty") }
            guard item.count > 0 else { throw invalid(path, number, "the item is empty") }
            let time = fields.count == 4 ? DecimalNumber.integer(line.extracting(fields[3])) : nil
            try dataset.append(user: user, item: item, rating: rating, time: time)
        }
    }

    /// Whether the rating's place holds a column's name. What begins like a number, or is called NaN or infinite, is a spoilt rating
    /// instead, which must not be passed over in silence.
    static func isWord(_ text: Span<UInt8>) -> Bool {
        guard text.count > 0 else { return false }
        switch text[0] {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"): return false
        default: return !["nan", "inf", "infinity", "null", "none", "na"].contains(String(text).lowercased())
        }
    }

    private static func invalid(_ path: String, _ number: Int, _ what: String) -> RecommenderError {
        RecommenderError(
            .invalidInput, "\(path):\(number): \(what)",
            hint: "A line is 'user item rating' or 'user item rating timestamp', separated by tabs, commas or spaces.")
    }
}
