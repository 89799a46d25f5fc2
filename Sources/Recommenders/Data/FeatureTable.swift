/// What is known of users, or of items, beside ratings: which features each of them has.
struct FeatureTable: Sendable {
    /// The features, such as `occupation=writer`, numbered in order of first appearance.
    private(set) var features = IdentifierTable()
    /// For each number of a user or an item, the numbers of its features.
    private var lists: [[Int32]] = []

    /// Says that the user or item with a number has a feature, given as UTF-8.
    ///
    /// - Throws: `.invalidInput` when there are more features than can be numbered.
    mutating func insert(_ feature: Span<UInt8>, for number: Int) throws(RecommenderError) {
        while lists.count <= number { lists.append([]) }
        let feature = Int32(truncatingIfNeeded: try features.insert(feature))
        if !lists[number].contains(feature) { lists[number].append(feature) }
    }

    /// The features of the user or item with a number; none when nothing is known.
    func list(of number: Int) -> [Int32] {
        number < lists.count ? lists[number] : []
    }
}
