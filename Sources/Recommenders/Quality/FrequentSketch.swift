/// Which texts are the most frequent, in little room: each that makes up more than 1/1,000 of all is among them, its count too small by
/// at most that.
///
/// - Source: Misra and Gries, "Finding Repeated Elements", 1982.
struct FrequentSketch: Codable, Hashable, Sendable {
    private static let capacity = 1000
    private var counts: [String: Int] = [:]

    /// Takes in a text.
    mutating func insert(_ text: String) {
        counts[text, default: 0] += 1
        // With room for twice as many, the cost of making room is spread thin.
        if counts.count > 2 * Self.capacity { shrink() }
    }

    /// The most frequent texts, the first ones first; among equals by their bytes.
    func top(_ number: Int) -> [String] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(number).map(\.key)
    }

    /// Takes off from all as much as leaves no more than there is room for.
    private mutating func shrink() {
        let loss = counts.values.sorted(by: >)[Self.capacity]
        counts = counts.compactMapValues { $0 > loss ? $0 - loss : nil }
    }
}
