/// Reads files of features: lines of a user's or an item's identifier and its features, such as `occupation=writer`, separated by tabs.
///
/// A feature is any text; equal text is the same feature. Blank lines and empty fields are skipped. Who stands on several lines has the
/// features of all of them.
public enum FeaturesReader {
    /// Whose features a file tells.
    public enum Side: Sendable {
        case users, items
    }

    /// Adds the features of a file to a data set.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - side: Whose they are.
    ///   - dataset: Where they go. When this throws, those before the bad line are in it.
    /// - Throws: `.io` when the file cannot be read, `.invalidInput`, naming file and line, when a line cannot be.
    public static func read(_ path: String, of side: Side, into dataset: inout Dataset) throws(RecommenderError) {
        try LineReader.forEachLine(of: path) { (line, number) throws(RecommenderError) in
            var start = 0
            var owner: Int?
            while start <= line.count {
                let rest = line.extracting(start...)
                let length = rest.firstIndex(ofByte: UInt8(ascii: "\t")) ?? rest.count
                let field = rest.extracting(first: length)
                if let owner {
                    if field.count > 0 { try dataset.insert(feature: field, of: side, for: owner) }
                } else if field.count > 0 {
                    owner = try dataset.insert(field, of: side)
                } else if line.count > 0 {
                    throw RecommenderError(
                        .invalidInput, "\(path):\(number): the line begins with a tab",
                        hint: "A line is an identifier and its features, separated by tabs.")
                }
                start += length + 1
            }
        }
    }
}
