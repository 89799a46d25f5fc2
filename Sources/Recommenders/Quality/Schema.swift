/// What rows of text must be like, declared in JSON. docs/data-quality.md describes it.
public struct Schema: Sendable {
    /// What separates fields.
    enum Separator: String, Decodable {
        case tab, comma

        var byte: UInt8 { self == .tab ? UInt8(ascii: "\t") : UInt8(ascii: ",") }
    }

    /// What a column's values are.
    enum Kind: String, Decodable {
        /// Any text.
        case text
        /// A whole decimal number.
        case integer
        /// A finite decimal number.
        case number
    }

    /// A column.
    struct Column: Sendable {
        let name: String
        let type: Kind
        /// Whether a row must have a value.
        let required: Bool
        /// The least and the greatest number.
        let minimum: Double?
        let maximum: Double?
        /// The values that there may be.
        let values: [String]?
        /// A file whose lines begin with such values; beside the schema.
        let reference: String?
        /// How far the column may be from what came before.
        let drift: DriftLimits?
    }

    /// How much drift is let pass; what is not named has no limit.
    struct DriftLimits: Sendable {
        var missing, new, psi: Double?
        /// The least.
        var topOverlap: Double?
    }

    /// What stops a pipeline.
    struct Limits: Sendable {
        /// The largest share of bad rows, 0 to 1.
        var badRows = 0.0
        /// The fewest good rows.
        var rows = 0
        /// The fewest new rows that say anything about drift.
        var driftRows = 1000
    }

    let separator: Separator
    /// Whether files begin with a line that names the columns.
    let hasHeader: Bool
    let columns: [Column]
    /// Positions of the columns that no two rows have all the same in; empty when rows may be the same.
    let unique: [Int]
    let limits: Limits
    /// For each column, the values that there may be, with those of the file that it refers to; `nil` for any.
    let allowed: [Set<String>?]

    /// Reads a schema, and the files that it refers to.
    ///
    /// - Throws: `.io` when a file cannot be read, `.invalidInput`, naming the file, when it is no schema; what it does not know, it refuses.
    public init(contentsOf path: String) throws(RecommenderError) {
        let text: SchemaText = try JSONFile.read(path, as: "a schema", hint: Self.hint)
        let names = text.columns.map(\.name)
        guard !names.isEmpty, Set(names).count == names.count else {
            throw Self.invalid(path, "it has to have columns, no two of the same name")
        }
        var unique: [Int] = []
        for name in text.unique {
            guard let position = names.firstIndex(of: name) else {
                throw Self.invalid(
                    path,
                    "'unique' names the column '\(name)', which it has not. \(nearestNameHint(for: name, among: names, what: "The columns"))"
                )
            }
            unique.append(position)
        }
        guard (0...1).contains(text.limits.badRows) else { throw Self.invalid(path, "'bad_rows' is a share, from 0 to 1") }
        for column in text.columns {
            if let mistake = column.mistake { throw Self.invalid(path, "column '\(column.name)' \(mistake)") }
        }
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        var allowed: [Set<String>?] = []
        for column in text.columns {
            var values = column.values.map(Set.init)
            if let reference = column.reference {
                values = try (values ?? []).union(Self.firstFields(of: FileTree.join(folder, reference)))
            }
            allowed.append(values)
        }
        separator = text.separator
        hasHeader = text.header
        columns = text.columns
        limits = text.limits
        self.unique = unique
        self.allowed = allowed
    }

    /// What the lines of a file begin with, up to the first tab or comma.
    private static func firstFields(of path: String) throws(RecommenderError) -> Set<String> {
        var found: Set<String> = []
        try LineReader.forEachLine(of: path) { (line, _) throws(RecommenderError) in
            let end = line.indices.first { line[$0] == UInt8(ascii: "\t") || line[$0] == UInt8(ascii: ",") } ?? line.count
            if end > 0 { found.insert(String(line.extracting(first: end))) }
        }
        return found
    }

    private static let hint = "docs/data-quality.md describes schemas."

    private static func invalid(_ path: String, _ reason: String) -> RecommenderError {
        RecommenderError(.invalidInput, "'\(path)' is not a schema: \(reason)", hint: hint)
    }
}

extension Schema.Column {
    /// What can never be measured, or kept: a limit of the wrong kind would never stop anything.
    fileprivate var mistake: String? {
        if type == .text {
            let ofNumbers = [("minimum", minimum), ("maximum", maximum), ("psi", drift?.psi)].first { $0.1 != nil }
            return ofNumbers.map { "is text, and '\($0.0)' is for numbers" }
        }
        if drift?.topOverlap != nil { return "is of numbers, and 'top_overlap' is for text" }
        if let minimum, let maximum, minimum > maximum {
            return "can have no value: its minimum, \(RatingsFile.decimal(minimum)), is above its maximum, \(RatingsFile.decimal(maximum))"
        }
        return nil
    }
}

/// A schema as it stands in JSON.
private struct SchemaText: Strict {
    let separator: Schema.Separator
    let header: Bool
    let columns: [Schema.Column]
    let unique: [String]
    let limits: Schema.Limits

    enum CodingKeys: String, CodingKey, CaseIterable { case separator, header, columns, unique, limits }

    init(from decoder: any Decoder) throws {
        let fields = try Self.fields(of: decoder)
        separator = try fields.decodeIfPresent(Schema.Separator.self, forKey: .separator) ?? .tab
        header = try fields.decodeIfPresent(Bool.self, forKey: .header) ?? false
        columns = try fields.decode([Schema.Column].self, forKey: .columns)
        unique = try fields.decodeIfPresent([String].self, forKey: .unique) ?? []
        limits = try fields.decodeIfPresent(Schema.Limits.self, forKey: .limits) ?? Schema.Limits()
    }
}

extension Schema.Column: Strict {
    enum CodingKeys: String, CodingKey, CaseIterable { case name, type, required, minimum, maximum, values, reference, drift }

    init(from decoder: any Decoder) throws {
        let fields = try Self.fields(of: decoder)
        name = try fields.decode(String.self, forKey: .name)
        type = try fields.decode(Schema.Kind.self, forKey: .type)
        required = try fields.decodeIfPresent(Bool.self, forKey: .required) ?? true
        minimum = try fields.decodeIfPresent(Double.self, forKey: .minimum)
        maximum = try fields.decodeIfPresent(Double.self, forKey: .maximum)
        values = try fields.decodeIfPresent([String].self, forKey: .values)
        reference = try fields.decodeIfPresent(String.self, forKey: .reference)
        drift = try fields.decodeIfPresent(Schema.DriftLimits.self, forKey: .drift)
    }
}

extension Schema.DriftLimits: Strict {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case missing, new, psi
        case topOverlap = "top_overlap"
    }

    init(from decoder: any Decoder) throws {
        let fields = try Self.fields(of: decoder)
        missing = try fields.decodeIfPresent(Double.self, forKey: .missing)
        new = try fields.decodeIfPresent(Double.self, forKey: .new)
        psi = try fields.decodeIfPresent(Double.self, forKey: .psi)
        topOverlap = try fields.decodeIfPresent(Double.self, forKey: .topOverlap)
    }
}

extension Schema.Limits: Strict {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case rows
        case badRows = "bad_rows"
        case driftRows = "drift_rows"
    }

    init(from decoder: any Decoder) throws {
        let fields = try Self.fields(of: decoder)
        if let share = try fields.decodeIfPresent(Double.self, forKey: .badRows) { badRows = share }
        if let count = try fields.decodeIfPresent(Int.self, forKey: .rows) { rows = count }
        if let count = try fields.decodeIfPresent(Int.self, forKey: .driftRows) { driftRows = count }
    }
}
