/// Reads files of folds: each line the numbers, from 0, of the rows of a rating file that are tested on, separated by spaces, tabs or
/// commas.
///
/// Rows are those lines of the rating file that hold a rating. Blank lines are skipped.
public enum FoldsReader {
    /// Bytes that a fold's line may have: enough for thirty million row numbers.
    static let lineLimit = 256 << 20

    /// Reads the folds of a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - rowCount: How many rows the rating file has.
    /// - Returns: The folds, their row numbers each in `0..<rowCount` and without repetition within a fold, in the file's order.
    /// - Throws: `.io` when the file cannot be read, `.invalidInput`, naming file and line, for anything but such numbers or when
    ///   there is no fold.
    public static func read(_ path: String, rowCount: Int) throws(RecommenderError) -> Folds {
        var folds: [[Int]] = []
        try LineReader.forEachLine(of: path, limit: lineLimit) { (line, number) throws(RecommenderError) in
            var rows: [Int] = []
            var seen = [Bool](repeating: false, count: rowCount)
            var position = 0
            while position < line.count {
                let start = position
                while position < line.count, !isSeparator(line[position]) { position += 1 }
                if start < position {
                    let text = String(line.extracting(start..<position))
                    guard let row = Int(text), row >= 0 else {
                        throw invalid(path, number, "'\(text)' is not a row number")
                    }
                    guard row < rowCount else {
                        throw invalid(path, number, "row \(row) is out of range: the ratings have rows 0 to \(rowCount - 1)")
                    }
                    guard !seen[row] else { throw invalid(path, number, "row \(row) stands twice in the fold") }
                    seen[row] = true
                    rows.append(row)
                }
                position += 1
            }
            if !rows.isEmpty { folds.append(rows) }
        }
        guard !folds.isEmpty else {
            throw RecommenderError(.invalidInput, "\(path): there is no fold in the file", hint: hint)
        }
        return Folds(testRows: folds, rowCount: rowCount)
    }

    private static let hint = "A line is a fold: the numbers, from 0, of the rating rows to test on, separated by spaces or commas."

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\t")
    }

    private static func invalid(_ path: String, _ number: Int, _ what: String) -> RecommenderError {
        RecommenderError(.invalidInput, "\(path):\(number): \(what)", hint: hint)
    }
}
