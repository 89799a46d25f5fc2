import Model

/// The candidate that takes the fewest edits to reach from `name`, if that is few enough to be a slip of the finger.
func nearest(to name: String, in candidates: some Sequence<String>) -> String? {
    let limit = max(1, name.count / 3)
    let best = candidates.lazy.map { (name: $0, distance: editDistance(name, $0)) }.min { $0.distance < $1.distance }
    return best.flatMap { $0.distance <= limit ? $0.name : nil }
}

func nearestHint(to name: String, in candidates: [String]) -> String? {
    guard !candidates.contains(name) else { return nil }
    return nearest(to: name, in: candidates).map { "Did you mean \(quoted($0))?" }
}

/// Insertions, deletions, replacements and swaps of neighbours (Damerau and Levenshtein, the restricted form).
private func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left)
    let right = Array(right)
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, character) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            var distance = min(last[column + 1] + 1, current[column] + 1, last[column] + (character == other ? 0 : 1))
            if row > 0, column > 0, character == right[column - 1], left[row - 1] == other {
                distance = min(distance, beforeLast[column - 1] + 1)
            }
            current.append(distance)
        }
        beforeLast = last
        last = current
    }
    return last[right.count]
}
