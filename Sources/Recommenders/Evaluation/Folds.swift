/// A division of ratings for cross-validation: each fold is tested on in turn, with all other rows trained on.
public struct Folds: Sendable {
    /// For each fold, the rows tested on.
    public let testRows: [[Int]]
    /// All rows: first those of the folds, in the folds' order, then the others.
    private let order: [Int]

    /// - Parameters:
    ///   - testRows: For each fold, row numbers in `0..<rowCount`.
    ///   - rowCount: How many rows there are.
    public init(testRows: [[Int]], rowCount: Int) {
        self.testRows = testRows
        var isNamed = [Bool](repeating: false, count: rowCount)
        var order: [Int] = []
        for row in testRows.joined() where !isNamed[row] {
            isNamed[row] = true
            order.append(row)
        }
        self.order = order + (0..<rowCount).filter { !isNamed[$0] }
    }

    /// The rows to train on when a fold, in `testRows.indices`, is tested on.
    ///
    /// They come in the order of the folds, not of the rows, as Surprise's `KFold` hands them on: gradient descent depends on the
    /// order.
    public func trainRows(for fold: Int) -> [Int] {
        let heldOut = Set(testRows[fold])
        return order.filter { !heldOut.contains($0) }
    }
}
