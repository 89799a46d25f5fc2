/// Brings files of ratings, or of events, into one form: lines of user, item, rating and perhaps timestamp, separated by tabs.
///
/// A line is of an event stream (see `EventLine`), or `user item rating`, perhaps with a timestamp, separated by tabs, commas or spaces, whose
/// values nobody looks at here. A header is left out: a first line with a word in the rating's place. Of a file `F`, `rows/F` has
/// the ratings, and `quarantine/F`, where there are any, the lines of neither form: line number, reason and line, separated by tabs.
public enum Ingestion {
    /// What became of the lines of a file.
    public struct Counts: Codable, Hashable, Sendable {
        /// Ratings.
        public var rows = 0
        /// Events that say nothing about ratings, and headers.
        public var others = 0
        /// Lines in quarantine.
        public var bad = 0
    }

    /// Takes in files.
    ///
    /// - Parameters:
    ///   - tree: The files.
    ///   - output: The output folder.
    /// - Returns: What became of the lines of each file.
    /// - Throws: `.io` when a file cannot be read or written.
    public static func take(_ tree: FileTree, into output: String) throws(RecommenderError) -> [String: Counts] {
        var counts: [String: Counts] = [:]
        for file in tree.files { counts[file.relativePath] = try take(file.path, named: file.relativePath, into: output) }
        return counts
    }

    /// Takes in a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - name: What it is called in the output folder.
    ///   - output: The output folder.
    /// - Throws: `.io` when a file cannot be read or written.
    public static func take(_ path: String, named name: String, into output: String) throws(RecommenderError) -> Counts {
        var counts = Counts()
        var rows = try OutputFile(FileTree.join(output, "rows/\(name)"))
        var quarantine = try OutputFile(FileTree.join(output, "quarantine/\(name)"))
        var isFirst = true
        try LineReader.forEachRawLine(of: path) { (line, number, isWhole) throws(RecommenderError) in
            let fields = isWhole && line.isUTF8 ? Fields(line) : nil
            if fields?.isBlank == true { return }
            defer { isFirst = false }
            let reason: String
            switch fields.map({ Self.read(line, $0, isFirst: isFirst) }) ?? .bad(isWhole ? "not UTF-8" : LineReader.tooLong) {
            case .row(let row):
                counts.rows += 1
                return try rows.write((row.joined(separator: "\t") + "\n").utf8)
            case .other:
                counts.others += 1
                return
            case .bad(let why):
                counts.bad += 1
                reason = why
            }
            try quarantine.write("\(number)\t\(reason)\t".utf8)
            try quarantine.write(line)
            try quarantine.write(CollectionOfOne(UInt8(ascii: "\n")))
        }
        try rows.finish()
        if counts.bad > 0 { try quarantine.finish() }
        return counts
    }

    private enum Outcome {
        case row([String])
        case other
        case bad(String)
    }

    private static func read(_ line: Span<UInt8>, _ fields: Fields, isFirst: Bool) -> Outcome {
        switch EventLine.mayBegin(line, fields) ? EventLine(String(line)) : nil {
        case .rating(let user, let item, let value, let time): return .row([user, item, value, "\(time)"])
        case .other: return .other
        case .malformed(let reason): return .bad(reason)
        case nil: break
        }
        guard fields.count == 3 || fields.count == 4 else { return .bad("number of fields: \(fields.count) of a rating's 3 or 4") }
        let texts = (0..<fields.count).map { String(line.extracting(fields[$0])) }
        if isFirst, RatingsReader.isWord(texts[2].utf8.span) { return .other }
        return .row(texts)
    }
}
