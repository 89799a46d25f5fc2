/// How far a word is from another: the fewest insertions, deletions and replacements of characters that make one from the other.
///
/// - Source: Wagner and Fischer, "The String-to-String Correction Problem", 1974.
func editDistance(_ first: String, _ second: String) -> Int {
    let second = Array(second)
    var row = Array(0...second.count)
    for (position, character) in first.enumerated() {
        var diagonal = row[0]
        row[0] = position + 1
        for column in second.indices {
            let replaced = diagonal + (character == second[column] ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
        }
    }
    return row[second.count]
}

/// The hint for a name that is none of those there are: the nearest one, if one is near, and all of them.
///
/// - Parameter what: What the names are of, in the plural and with a capital: "Its options".
func nearestNameHint(for name: String, among names: [String], what: String) -> String {
    let all = "\(what) are: \(names.joined(separator: ", "))."
    let nearest = names.min { editDistance(name, $0) < editDistance(name, $1) }
    guard let nearest, editDistance(name, nearest) <= max(2, nearest.count / 2) else { return all }
    return "Did you mean '\(nearest)'? \(all)"
}
