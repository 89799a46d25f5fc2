/// Rows to train on and rows to test on, no pair of user and item on both sides: an algorithm that has seen a rating need not estimate it.
public struct HeldOutRows: Sendable {
    /// The rows to train on, and those to test on then; one pair for each fold.
    public let parts: [(train: [Int], test: [Int])]
    /// How many rows take no part.
    public let leftOut: Int

    /// Takes folds. Where a user rated an item several times, only the last row takes part, as in a `RatingSplit`.
    ///
    /// - Parameters:
    ///   - folds: Of all rows.
    ///   - dataset: The ratings.
    public init(_ folds: Folds, of dataset: Dataset) {
        let rows = dataset.lastRows
        var isLast = [Bool](repeating: false, count: dataset.rowCount)
        for row in rows { isLast[row] = true }
        parts = folds.testRows.indices.map { fold in
            (folds.trainRows(for: fold).filter { isLast[$0] }, folds.testRows[fold].filter { isLast[$0] })
        }
        leftOut = dataset.rowCount - rows.count
    }

    /// Trains on the first rows, and tests on the others, without those whose pair is trained on.
    ///
    /// - Parameters:
    ///   - start: How many are trained on.
    ///   - dataset: The ratings.
    public init(testingFrom start: Int, of dataset: Dataset) {
        let trained = Set((0..<start).map { dataset.pair(of: $0) })
        let test = (start..<dataset.rowCount).filter { !trained.contains(dataset.pair(of: $0)) }
        parts = [(Array(0..<start), test)]
        leftOut = dataset.rowCount - start - test.count
    }
}
