/// Rows under a header, columns set off by one space at least, as Go's tabwriter does for pachctl. No blanks at the end of lines.
struct Table {
    /// What is given up where a terminal has too few columns. The table's columns are named by their headers.
    enum Concession {
        /// Cuts a column as far as is needed, but not below so much.
        case cut(String, to: Int)
        /// Leaves a column out.
        case drop(String)
    }

    private var rows: [[Cell]]
    private let header: [String]
    private let concessions: [Concession]

    /// - Parameter concessions: in the order in which they are made; no more of them than is needed.
    init(_ header: [String], _ concessions: Concession...) {
        rows = [header.map { Cell($0) }]
        self.header = header
        self.concessions = concessions
    }

    mutating func append(_ row: [Cell]) {
        rows.append(row)
    }

    /// - Parameters:
    ///   - color: whether cells keep their colours.
    ///   - columns: the width of the terminal; nil for no limit.
    func text(color: Bool, columns: Int?) -> String {
        let widths = columns.map(widths(fitting:)) ?? wholeWidths
        return rows.map { line($0, widths, color: color) + "\n" }.joined()
    }

    /// Whether nothing has to be given up.
    func fits(_ columns: Int) -> Bool { total(wholeWidths) <= columns }

    /// What each column takes; nil where it is left out.
    private var wholeWidths: [Int?] {
        header.indices.map { column in rows.reduce(0) { max($0, $1[column].width) } }
    }

    private func total(_ widths: [Int?]) -> Int {
        let shown = widths.compactMap(\.self)
        return shown.reduce(0, +) + max(0, shown.count - 1)
    }

    private func widths(fitting columns: Int) -> [Int?] {
        let whole = wholeWidths
        var widths = whole
        for concession in concessions {
            let excess = total(widths) - columns
            guard excess > 0 else { break }
            switch concession {
            case .cut(let name, let least): widths[column(name)] = widths[column(name)].map { max(min($0, least), $0 - excess) }
            case .drop(let name): widths[column(name)] = nil
            }
        }
        // A column that was left out may have made room for what was cut before.
        for (column, width) in widths.enumerated() {
            guard let width, let wanted = whole[column] else { continue }
            widths[column] = min(wanted, width + max(0, columns - total(widths)))
        }
        return widths
    }

    private func column(_ name: String) -> Int {
        guard let column = header.firstIndex(of: name) else { preconditionFailure("the table has no column \(name)") }
        return column
    }

    private func line(_ row: [Cell], _ widths: [Int?], color: Bool) -> String {
        var line = ""
        var blanks = 0
        for (cell, width) in zip(row, widths) {
            guard let width else { continue }
            let isCut = cell.width > width
            let cell = isCut ? cell.cut(to: width) : cell
            if !cell.text.isEmpty {
                line += String(repeating: " ", count: blanks) + (color ? cell.colored : cell.text)
                blanks = 0
            }
            blanks += width - cell.width + 1
        }
        return line
    }
}

/// What stands in one place of a table.
struct Cell: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    private enum Coloring {
        case none
        case whole(Color)
        /// The same characters with colours between them.
        case parts(String)
    }

    /// As shown without colours.
    let text: String
    private let coloring: Coloring

    private init(shown text: String, _ coloring: Coloring) {
        self.text = text
        self.coloring = coloring
    }

    init(_ text: String, _ color: Color? = nil) {
        self.init(shown: visible(text), color.map { .whole($0) } ?? .none)
    }

    init(stringLiteral value: String) { self.init(value) }

    /// - Parameter colored: the same characters as `text`, with colours between them.
    init(_ text: String, colored: String) {
        self.init(shown: text, .parts(colored))
    }

    /// As shown with colours: of the same width.
    var colored: String {
        switch coloring {
        case .none: text
        case .whole(let color): color.applied(to: text)
        case .parts(let colored): colored
        }
    }

    var width: Int { displayWidth(text) }

    /// What fits in so many columns.
    func cut(to columns: Int) -> Cell {
        let short = fitted(text, columns)
        guard short != text else { return self }
        if case .parts = coloring { return Cell(shown: short, .none) }
        return Cell(shown: short, coloring)
    }
}

extension Session {
    /// The table as this session's output shows it.
    func text(_ table: Table, _ options: GlobalOptions) -> String {
        table.text(color: usesColor(options), columns: console.outputColumns)
    }
}
