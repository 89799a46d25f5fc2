import Model

/// A failure as a terminal shows it: what, why, where, and what would help.
func errorText(_ error: PachError) -> String {
    var lines = ["Error: \(error.message)"]
    if let cause = error.cause { lines.append("Caused by: \(cause)") }
    lines += error.details.map { detail in
        var place = detail.file ?? ""
        if let line = detail.line {
            place += (place.isEmpty ? "line " : ":") + "\(line)"
            if let column = detail.column { place += ":\(column)" }
        }
        let parts = [place, detail.pointer ?? "", detail.message]
        return "  " + parts.filter { !$0.isEmpty }.joined(separator: ": ")
    }
    if let hint = error.hint { lines.append("Hint: \(hint)") }
    return lines.map { visible($0) + "\n" }.joined()
}

/// `text` with control characters made visible, so that a name cannot steer the terminal or break a line.
func visible(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
    return text.unicodeScalars.reduce(into: "") { shown, scalar in
        shown += scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
    }
}

/// A line that a program wrote, for a terminal: tabs, carriage returns and colours stay, and what else could steer the terminal is made visible.
func harmless(_ line: String) -> String {
    guard line.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return line }
    var shown = ""
    var rest = line[...]
    while let next = rest.first {
        if next == "\u{1b}", let colour = rest.prefixMatch(of: /\u{1b}\[[0-9;:]*m/) {
            shown += rest[colour.range]
            rest = rest[colour.range.upperBound...]
        } else {
            shown += next == "\t" || next == "\r" ? String(next) : visible(String(next))
            rest = rest.dropFirst()
        }
    }
    return shown + (shown.contains("\u{1b}") ? "\u{1b}[0m" : "")
}
