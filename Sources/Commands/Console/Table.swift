/// Rows under a header, columns set off by one space at least, as Go's tabwriter does for pachctl. No blanks at the end of lines.
struct Table {
    private var rows: [[Cell]]
    private let cutsLastColumn: Bool

    /// - Parameter cutsLastColumn: whether the last column is free text, which may be cut to fit a terminal.
    init(_ header: [String], cutsLastColumn: Bool = false) {
        rows = [header.map { Cell($0) }]
        self.cutsLastColumn = cutsLastColumn
    }

    mutating func append(_ row: [Cell]) {
        rows.append(row)
    }

    /// - Parameters:
    ///   - color: whether cells keep their colours.
    ///   - columns: the width of the terminal; nil for no limit.
    func text(color: Bool, columns: Int?) -> String {
        let widths = rows.reduce(into: [Int]()) { widths, row in
            for (index, cell) in row.enumerated() {
                if index < widths.count { widths[index] = max(widths[index], cell.width) } else { widths.append(cell.width) }
            }
        }
        return rows.map { line($0, widths, color: color, columns: columns) + "\n" }.joined()
    }

    private func line(_ row: [Cell], _ widths: [Int], color: Bool, columns: Int?) -> String {
        var line = ""
        var blanks = 0
        var used = 0
        for (index, cell) in row.enumerated() where cell.width > 0 || index < row.count - 1 {
            var cell = cell
            if index == row.count - 1, index == widths.count - 1, cutsLastColumn, let columns {
                cell = cell.cut(to: columns - used)
            }
            if !cell.text.isEmpty {
                line += String(repeating: " ", count: blanks) + (color ? cell.colored : cell.text)
                blanks = 0
            }
            blanks += widths[index] - cell.width + 1
            used += widths[index] + 1
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
