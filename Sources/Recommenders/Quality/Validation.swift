/// Checks files of rows against a schema, and what is new in them against what came before.
///
/// Into an output folder it writes:
///
/// | File | Content |
/// | --- | --- |
/// | `rows/F` | the good rows of the file `F`, their fields separated by tabs, without a header |
/// | `quarantine/F` | its bad rows: line number, what is wrong, and the line as it was, separated by tabs; only where there are any |
/// | `sketches.json` | what the good rows are like, for the next version to measure drift from; without those that were too few for it |
/// | `report.json` | a `ValidationReport` |
public struct Validation {
    /// Of a line that was put aside, a report shows at most this much.
    private static let exampleByteCountMax = 200

    private let schema: Schema
    private let previous: Version?
    private var check: RowCheck
    private var names: [String] = []
    private var report = ValidationReport()
    private var hashes: [String: UInt64] = [:]
    /// What the good rows are like, those of all files and those of new ones, by column.
    private var all: [ColumnSketch]
    private var news: [ColumnSketch]
    /// How many good rows new files have.
    private var newRows = 0

    /// What is remembered of a version of the rows.
    private struct Version: Codable {
        /// XXH64 of the files' bytes, by name.
        var files: [String: UInt64]
        var columns: [String: ColumnSketch]
    }

    /// - Parameters:
    ///   - schema: What rows must be like.
    ///   - previous: The output folder of the last version, which drift is measured from; there may be nothing.
    /// - Throws: `.io` when a file cannot be read, `.invalidInput` when what is there are no sketches.
    public init(_ schema: Schema, previous: String? = nil) throws(RecommenderError) {
        self.schema = schema
        check = RowCheck(schema)
        all = schema.columns.map { ColumnSketch(of: $0.type) }
        news = all
        let path = previous.map { FileTree.join($0, "sketches.json") }
        guard let path, try FileTree(at: path) != nil else {
            self.previous = nil
            return
        }
        self.previous = try JSONFile.read(path, as: "what validation remembers", hint: "Validate without the last version.") as Version
    }

    /// Checks files, and writes the output folder.
    ///
    /// - Parameters:
    ///   - tree: The files.
    ///   - aside: A file or folder of lines that were put aside before, which count as bad rows; there may be nothing.
    ///   - output: The output folder.
    /// - Returns: What was found; whether it is too bad to go on with stands in `failures`.
    /// - Throws: `.io` when a file cannot be read or written, `.invalidInput` when a header is another.
    public consuming func run(_ tree: FileTree, aside: String? = nil, into output: String) throws(RecommenderError) -> ValidationReport {
        for file in tree.files { try take(file, into: output) }
        if let aside { report.aside = try countLines(below: aside) }
        judge()
        try JSONFile.write(remembered, to: FileTree.join(output, "sketches.json"))
        try JSONFile.write(report, to: FileTree.join(output, "report.json"))
        return report
    }

    /// What the next version is measured from.
    private var remembered: Version {
        // What comes in pieces, each too small to be measured, would pass for what was there before.
        if newRows > 0, report.newRows == nil, var pending = previous {
            // A file that was removed is new when it comes back.
            pending.files = pending.files.filter { hashes[$0.key] == $0.value }
            return pending
        }
        return Version(files: hashes, columns: Dictionary(uniqueKeysWithValues: zip(schema.columns.map(\.name), all)))
    }

    private mutating func countLines(below path: String) throws(RecommenderError) -> Int {
        var count = 0
        for file in try FileTree(at: path)?.files ?? [] {
            try LineReader.forEachRawLine(of: file.path) { (line, _, _) throws(RecommenderError) in
                count += 1
                guard report.examples.count < ValidationReport.exampleLimit else { return }
                let start = String(line.extracting(first: min(line.count, Self.exampleByteCountMax)))
                // As `recommend ingest` writes them: line number, what is wrong, and the line.
                report.examples.append("\(file.relativePath):" + start.split(separator: "\t", maxSplits: 2).joined(separator: ": "))
            }
        }
        return count
    }

    private mutating func take(_ file: FileTree.File, into output: String) throws(RecommenderError) {
        let name = file.relativePath
        let bytes = try MappedFile.bytes(of: file.path)
        let hash = withExtendedLifetime(bytes) { XXHash64.hash(UnsafeRawBufferPointer($0.buffer)) }
        let isNew = previous?.files[name] != hash
        hashes[name] = hash
        names.append(name)
        var rows = try OutputFile(FileTree.join(output, "rows/\(name)"))
        var quarantine = try OutputFile(FileTree.join(output, "quarantine/\(name)"))
        var counts = ValidationReport.File()
        var isFirst = true
        try LineReader.forEachRawLine(of: file.path) { (line, number, isWhole) throws(RecommenderError) in
            if line.count == 0 { return }
            defer { isFirst = false }
            if isFirst, schema.hasHeader { return try demandHeader(line, of: file.path) }
            counts.rows += 1
            let row: RowCheck.Row
            let judgement =
                isWhole
                ? try check.judge(line, at: (names.count - 1, number), of: names) : .failure(RowFault("too long", LineReader.tooLong))
            switch judgement {
            case .success(let good): row = good
            case .failure(let fault):
                counts.bad += 1
                report.reasons[fault.kind, default: 0] += 1
                if report.examples.count < ValidationReport.exampleLimit { report.examples.append("\(name):\(number): \(fault.text)") }
                try quarantine.write("\(number)\t\(fault.text)\t".utf8)
                try quarantine.write(line)
                return try quarantine.write(CollectionOfOne(UInt8(ascii: "\n")))
            }
            for (position, field) in row.fields.enumerated() {
                let value = line.extracting(field)
                all[position].insert(value, number: row.numbers[position])
                if isNew { news[position].insert(value, number: row.numbers[position]) }
                if position > 0 { try rows.write(CollectionOfOne(UInt8(ascii: "\t"))) }
                try rows.write(value)
            }
            try rows.write(CollectionOfOne(UInt8(ascii: "\n")))
        }
        try rows.finish()
        if counts.bad > 0 { try quarantine.finish() }
        report.files[name] = counts
        report.rows += counts.rows
        report.bad += counts.bad
        if isNew { newRows += counts.rows - counts.bad }
    }

    private func demandHeader(_ line: Span<UInt8>, of path: String) throws(RecommenderError) {
        let separator: Character = schema.separator == .comma ? "," : "\t"
        let names = String(line).split(separator: separator, omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
        let wanted = schema.columns.map(\.name)
        guard names == wanted else {
            throw RecommenderError(
                .invalidInput,
                "\(path): the header is '\(names.joined(separator: ", "))', and the schema has '\(wanted.joined(separator: ", "))'",
                hint: "Give the file the schema's columns in its order, or change the schema.")
        }
    }

    /// Says what columns are like and how far they drifted, and what is beyond its limit.
    private mutating func judge() {
        let limits = schema.limits
        if previous != nil, newRows > 0, newRows >= limits.driftRows { report.newRows = newRows }
        if report.rows - report.bad < limits.rows {
            report.failures.append("\(report.rows - report.bad) good rows, and there should be at least \(limits.rows)")
        }
        let aside = report.aside ?? 0
        let (bad, rows) = (report.bad + aside, report.rows + aside)
        if Double(bad) / Double(max(rows, 1)) > limits.badRows {
            report.failures.append(
                "\(bad) of \(rows) rows are bad\(aside > 0 ? ", \(aside) of them put aside before" : ""), "
                    + "and a share of at most \(RatingsFile.decimal(limits.badRows)) may be")
        }
        for (position, column) in schema.columns.enumerated() {
            let sketch = all[position]
            var facts = ValidationReport.Column(
                present: sketch.present, missing: sketch.missing, distinct: Int(sketch.distinctCount.rounded()),
                median: sketch.quantiles?.quantile(0.5))
            if report.newRows != nil, let reference = previous?.columns[column.name] {
                let drift = news[position].drift(from: reference)
                facts.drift = drift
                report.failures += column.drift?.failures(of: drift).map { "column '\(column.name)' drifted: \($0)" } ?? []
            }
            report.columns[column.name] = facts
        }
    }
}

extension Schema.DriftLimits {
    /// What of a drift is beyond its limit.
    fileprivate func failures(of drift: ColumnDrift) -> [String] {
        func sentence(_ name: String, _ value: Double?, _ limit: Double?, isLeast: Bool = false) -> String? {
            guard let value, let limit, isLeast ? value < limit : value > limit else { return nil }
            return
                "\(name) is \((value * 1000).rounded() / 1000), and should be at \(isLeast ? "least" : "most") \(RatingsFile.decimal(limit))"
        }
        return [
            sentence("missing", drift.missing, missing), sentence("new", drift.new, new), sentence("psi", drift.psi, psi),
            sentence("top_overlap", drift.topOverlap, topOverlap, isLeast: true),
        ].compactMap(\.self)
    }
}
