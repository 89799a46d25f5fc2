/// Judges rows one after the other, those of all files together.
struct RowCheck {
    private let schema: Schema
    /// What the unique columns of good rows hold, and where each stands first.
    private var keys = IdentifierTable()
    private var places: [(file: Int32, line: Int32)] = []

    init(_ schema: Schema) {
        self.schema = schema
    }

    /// A row that is in order: where each column's value stands in it, and the number it spells.
    struct Row {
        var fields: [Range<Int>] = []
        var numbers: [Double?] = []
    }

    /// Judges a row.
    ///
    /// - Parameters:
    ///   - line: The line, without its end, which need not be UTF-8.
    ///   - place: Where it stands: the number of its file, and that of its line.
    ///   - names: The files' names, by their numbers.
    /// - Returns: The row, or what is wrong with it, the first thing found.
    /// - Throws: `.invalidInput` when there are more good rows than can be told apart.
    mutating func judge(
        _ line: Span<UInt8>, at place: (file: Int, line: Int), of names: [String]
    ) throws(RecommenderError) -> Result<Row, RowFault> {
        let row: Row
        do throws(RowFault) {
            row = try parse(line)
        } catch {
            return .failure(error)
        }
        if let first = try firstPlace(of: row, line, place) {
            return .failure(RowFault("duplicate", "as \(names[Int(first.file)]):\(first.line)"))
        }
        return .success(row)
    }

    private func parse(_ line: Span<UInt8>) throws(RowFault) -> Row {
        guard line.isUTF8 else { throw RowFault("not UTF-8") }
        var row = Row(fields: Self.fields(of: line, separator: schema.separator.byte))
        let columns = schema.columns
        let needed = (columns.lastIndex { $0.required } ?? -1) + 1
        guard (needed...columns.count).contains(row.fields.count) else {
            throw RowFault("number of fields", "\(row.fields.count) fields, where there are \(columns.count) columns")
        }
        while row.fields.count < columns.count { row.fields.append(line.count..<line.count) }
        for (position, field) in row.fields.enumerated() {
            row.numbers.append(try Self.judge(line.extracting(field), columns[position], allowed: schema.allowed[position]))
        }
        return row
    }

    /// Where a row with the same unique columns stands, or `nil` when this is the first one, which is then remembered.
    private mutating func firstPlace(
        of row: Row, _ line: Span<UInt8>, _ place: (file: Int, line: Int)
    ) throws(RecommenderError) -> (file: Int32, line: Int32)? {
        if schema.unique.isEmpty { return nil }
        var key: [UInt8] = []
        for position in schema.unique {
            line.extracting(row.fields[position]).withUnsafeBytes { key.append(contentsOf: $0) }
            // No field has one.
            key.append(UInt8(ascii: "\t"))
        }
        let number = try keys.insert(key.span)
        if number < places.count { return places[number] }
        places.append((Int32(place.file), Int32(clamping: place.line)))
        return nil
    }

    private static func judge(_ field: Span<UInt8>, _ column: Schema.Column, allowed: Set<String>?) throws(RowFault) -> Double? {
        func fault(_ kind: String, _ text: String? = nil) -> RowFault {
            RowFault("\(column.name): \(kind)", text)
        }
        guard field.count > 0 else {
            if column.required { throw fault("missing") }
            return nil
        }
        // What is separated by commas comes out separated by tabs.
        if field.firstIndex(ofByte: UInt8(ascii: "\t")) != nil { throw fault("has a tab") }
        if let allowed, !allowed.contains(String(field)) {
            throw fault("unknown", "'\(String(field))' is not \(column.reference.map { "in \($0)" } ?? "one of its values")")
        }
        guard column.type != .text else { return nil }
        guard let number = DecimalNumber.parse(field) else { throw fault("not a number", "'\(String(field))'") }
        if column.type == .integer, number != number.rounded() { throw fault("not whole", String(field)) }
        if let minimum = column.minimum, number < minimum {
            throw fault("too small", "\(String(field)) is below \(RatingsFile.decimal(minimum))")
        }
        if let maximum = column.maximum, number > maximum {
            throw fault("too large", "\(String(field)) is above \(RatingsFile.decimal(maximum))")
        }
        return number
    }

    /// Where the fields of a line are, less the spaces around them.
    private static func fields(of line: Span<UInt8>, separator: UInt8) -> [Range<Int>] {
        var fields: [Range<Int>] = []
        var start = 0
        for position in 0...line.count where position == line.count || line[position] == separator {
            var field = start..<position
            while !field.isEmpty, line[field.lowerBound] == UInt8(ascii: " ") { field = field.lowerBound + 1..<field.upperBound }
            while !field.isEmpty, line[field.upperBound - 1] == UInt8(ascii: " ") { field = field.lowerBound..<field.upperBound - 1 }
            fields.append(field)
            start = position + 1
        }
        return fields
    }
}

/// What is wrong with a row.
struct RowFault: Error, Hashable {
    /// What such faults are counted by.
    let kind: String
    /// The kind and the particulars.
    let text: String

    init(_ kind: String, _ particulars: String? = nil) {
        self.kind = kind
        text = particulars.map { "\(kind): \($0)" } ?? kind
    }
}
