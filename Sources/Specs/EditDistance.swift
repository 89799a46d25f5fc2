/// The candidate that `word` most likely is a misspelling of; nil where none is near.
func nearest(to word: String, among candidates: [String]) -> String? {
    var best: (word: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(Array(word.utf8.prefix(64)), Array(candidate.utf8))
        if distance <= max(1, candidate.utf8.count / 3), distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word
}

/// Insertions, deletions, replacements and swaps of neighbours that make one of the other (optimal string alignment).
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in left.indices {
        var row = [i + 1]
        for j in right.indices {
            var distance = min(row[j] + 1, last[j + 1] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
            if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { distance = min(distance, beforeLast[j - 1] + 1) }
            row.append(distance)
        }
        beforeLast = last
        last = row
    }
    return last[right.count]
}
