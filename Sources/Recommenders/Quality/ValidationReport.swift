/// What was found in rows. docs/data-quality.md has the definitions.
public struct ValidationReport: Codable, Hashable, Sendable {
    /// A file of rows.
    public struct File: Codable, Hashable, Sendable {
        /// Lines that are not blank, without the header.
        public var rows = 0
        /// Rows in quarantine.
        public var bad = 0
    }

    /// What a column of the good rows is like.
    public struct Column: Codable, Hashable, Sendable {
        public var present: Int
        public var missing: Int
        /// About how many different values there are.
        public var distinct: Int
        /// About the median, of numbers.
        public var median: Double?
        /// How far the new rows are from what came before; `nil` when there are too few, or nothing came before.
        public var drift: ColumnDrift?
    }

    /// Lines that are not blank, without headers and those that were put aside before.
    public internal(set) var rows = 0
    /// Rows in quarantine, without those that were put aside before.
    public internal(set) var bad = 0
    /// Lines that were put aside before, since they are no rows; `nil` where that is not told.
    public internal(set) var aside: Int?
    /// How many rows there are for each kind of fault.
    public internal(set) var reasons: [String: Int] = [:]
    /// The first bad rows, each with its place and what is wrong.
    public internal(set) var examples: [String] = []
    public internal(set) var files: [String: File] = [:]
    /// How many rows drift was measured on: the good ones of files that the last version had not, or had with other bytes. `nil` when it
    /// was not measured.
    public internal(set) var newRows: Int?
    public internal(set) var columns: [String: Column] = [:]
    /// What is beyond a limit of the schema, each a sentence; empty when the rows are good enough.
    public internal(set) var failures: [String] = []

    static let exampleLimit = 5

    private enum CodingKeys: String, CodingKey {
        case rows, bad, aside, reasons, examples, files, columns, failures
        case newRows = "new_rows"
    }
}

/// How far a column is from what came before. docs/data-quality.md has the definitions.
public struct ColumnDrift: Codable, Hashable, Sendable {
    /// How much larger the share of missing values is, -1 to 1.
    public var missing: Double
    /// The share of the different values that were not there before, 0 to 1; `nil` where there are too few to tell.
    public var new: Double?
    /// The population stability index, of numbers.
    public var psi: Double?
    /// Of the 100 most frequent texts before, the share that is among the 100 most frequent now.
    public var topOverlap: Double?

    private enum CodingKeys: String, CodingKey {
        case missing, new, psi
        case topOverlap = "top_overlap"
    }
}
