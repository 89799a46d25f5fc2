/// Writes estimates of held-out ratings as CSV (RFC 4180, lines ending with LF): `user,item,rating,estimate`, with that header.
public enum PredictionsFile {
    /// Writes a file, in place of what was there.
    ///
    /// - Parameters:
    ///   - predictions: What to write, a line each, in order.
    ///   - dataset: The data set that their rows belong to.
    ///   - path: The file.
    /// - Throws: `.io` when it cannot be written.
    public static func write(_ predictions: [Evaluation.Prediction], of dataset: Dataset, to path: String) throws(RecommenderError) {
        var file = try OutputFile(path)
        try file.write("user,item,rating,estimate\n".utf8)
        for prediction in predictions {
            let user = csvField(dataset.users[Int(dataset.userOfRow[prediction.row])])
            let item = csvField(dataset.items[Int(dataset.itemOfRow[prediction.row])])
            try file.write("\(user),\(item),\(dataset.ratings[prediction.row]),\(prediction.estimate)\n".utf8)
        }
        try file.finish()
    }
}

/// A field of CSV, in quotes where it has to be.
func csvField(_ text: String) -> String {
    // By bytes, as it is read: of a comma with an accent a string makes one character, which is no comma.
    guard text.utf8.contains(where: { ",\"\r".utf8.contains($0) }) else { return text }
    let parts = text.utf8.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
    return "\"" + parts.map { String(Substring($0)) }.joined(separator: "\"\"") + "\""
}
