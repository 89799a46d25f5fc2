/// Writes rating files, as `RatingsReader` reads them: lines of user, item, rating and, where it is known, timestamp, separated by tabs.
public enum RatingsFile {
    /// Writes rows of a data set, in the order given, in place of what was there.
    ///
    /// - Throws: `.io` when the file cannot be written.
    public static func write(_ rows: some Collection<Int>, of dataset: Dataset, to path: String) throws(RecommenderError) {
        var file = try OutputFile(path)
        for row in rows {
            try file.write("\(dataset.users[Int(dataset.userOfRow[row])])\t\(dataset.items[Int(dataset.itemOfRow[row])])\t".utf8)
            try file.write(decimal(dataset.ratings[row]).utf8)
            if let time = dataset.time(of: row) { try file.write("\t\(time)".utf8) }
            try file.write(CollectionOfOne(UInt8(ascii: "\n")))
        }
        try file.finish()
    }

    /// The shortest decimal that reads back as the same double; whole numbers without a point.
    static func decimal(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? "\(number)"
    }
}
