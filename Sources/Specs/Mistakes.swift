/// A mistake that was found in a text.
struct Mistake: Error, Sendable {
    let position: TextPosition
    /// The mistaken value; nil where the text could not be parsed.
    var path: NodePath?
    let message: String
}

/// The first mistakes of a text, and how many it has.
struct Mistakes: Sendable {
    /// In the order of the text, at most `SpecLoader.mistakeCountMax`.
    private(set) var first: [Mistake] = []
    private(set) var count = 0

    mutating func add(_ mistake: Mistake) {
        count += 1
        let index = first.lastIndex { $0.position <= mistake.position }.map { $0 + 1 } ?? 0
        guard index < SpecLoader.mistakeCountMax else { return }
        first.insert(mistake, at: index)
        if first.count > SpecLoader.mistakeCountMax { first.removeLast() }
    }
}
