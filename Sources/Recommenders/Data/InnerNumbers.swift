/// How the users, or items, of a data set are numbered in a training set that may not have them all.
struct InnerNumbers: Sendable {
    /// For each number of the data set, the inner one; -1 where there is none.
    private(set) var inner: [Int32]
    /// For each inner number, that of the data set.
    private(set) var outer: [Int32] = []

    /// - Parameter outerCount: How many the data set has.
    init(outerCount: Int) {
        inner = [Int32](repeating: -1, count: outerCount)
    }

    /// How many inner numbers there are.
    var count: Int { outer.count }

    /// The inner number of a number of the data set, or `nil` when it has none.
    func number(of outer: Int32) -> Int? {
        let number = inner[Int(outer)]
        return number < 0 ? nil : Int(number)
    }

    /// The inner number of a number of the data set, the next one if it had none.
    mutating func insert(_ number: Int32) -> Int {
        if inner[Int(number)] < 0 {
            // There are no more inner numbers than those of the data set, which are below Int32.max.
            inner[Int(number)] = Int32(truncatingIfNeeded: outer.count)
            outer.append(number)
        }
        return Int(inner[Int(number)])
    }
}
