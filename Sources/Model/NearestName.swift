/// The first of the candidates that takes the fewest edits to reach from `name`, if they are few enough to be a slip of the finger.
public func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    let word = Array(name.utf8.prefix(lengthMax))
    let limit = max(1, word.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(word, Array(candidate.utf8))
        if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
}

/// Bytes that are looked at: what is much longer than any name is near none.
private let lengthMax = 64

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
