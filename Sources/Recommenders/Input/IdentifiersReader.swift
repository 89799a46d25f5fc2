/// Reads files of users or items: an identifier a line, as it is. Blank lines are skipped.
public enum IdentifiersReader {
    /// The identifiers of a file, in the order of their lines.
    ///
    /// - Throws: `.io` when the file cannot be read, `.invalidInput`, naming file and line, when a line is not UTF-8.
    public static func read(_ path: String) throws(RecommenderError) -> [String] {
        var identifiers: [String] = []
        try LineReader.forEachLine(of: path) { (line, _) throws(RecommenderError) in
            if !Fields(line).isBlank { identifiers.append(String(line)) }
        }
        return identifiers
    }
}
