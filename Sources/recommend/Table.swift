/// Rows of cells as lines, columns of a width, two spaces apart.
///
/// - Parameters:
///   - rows: Each with the same number of cells.
///   - left: The columns that begin at their left edge; all others end at their right one.
func table(_ rows: [[String]], left: Set<Int> = [0]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        row.indices.map { column in
            let space = String(repeating: " ", count: widths[column] - row[column].count)
            guard left.contains(column) else { return space + row[column] }
            return column == row.count - 1 ? row[column] : row[column] + space
        }.joined(separator: "  ")
    }.joined(separator: "\n")
}

/// A number with so many digits after the point; as it is where it is too large for that, or no number.
func decimals(_ number: Double, _ digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (number.magnitude * scale).rounded()
    guard scaled < 0x1p53 else { return "\(number)" }
    let text = String(Int(scaled))
    let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
    return "\(number < 0 && scaled > 0 ? "-" : "")\(padded.dropLast(digits)).\(padded.suffix(digits))"
}
