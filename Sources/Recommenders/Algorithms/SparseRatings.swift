internal import CKernels

/// Ratings as a sparse matrix twice over, as the similarity kernels take it: by row, and by column with ascending rows.
///
/// Rows are the users or the items that are compared.
struct SparseRatings {
    private let rows: Groups
    private let columns: Groups
    /// For each rating of `rows`, where it stands in `columns`.
    private let positions: Column<Int>

    /// - Parameters:
    ///   - rows: The ratings of each user, or of each item.
    ///   - columnCount: How many numbers there are on the other side.
    ///   - transform: What stands in the matrix for a rating, given its row, its column and its value.
    init(_ rows: Groups, columnCount: Int, transform: (_ row: Int, _ column: Int, _ value: Double) -> Double = { $2 }) {
        let count = rows.values.count
        let starts = AlignedMemory<Int>(count: columnCount + 1)
        for column in rows.others { starts.start[Int(column) + 1] += 1 }
        for column in 0..<columnCount { starts.start[column + 1] += starts.start[column] }
        var next = Array(UnsafeBufferPointer(start: starts.start, count: columnCount))
        let rowOfEntry = AlignedMemory<Int32>(count: count)
        let rowValues = AlignedMemory<Double>(count: count)
        let columnValues = AlignedMemory<Double>(count: count)
        let positions = AlignedMemory<Int>(count: count)
        for row in 0..<rows.count {
            for entry in rows.starts[row]..<rows.starts[row + 1] {
                let column = Int(rows.others[entry])
                let value = transform(row, column, rows.values[entry])
                rowValues.start[entry] = value
                columnValues.start[next[column]] = value
                rowOfEntry.start[next[column]] = Int32(row)
                positions.start[entry] = next[column]
                next[column] += 1
            }
        }
        self.rows = Groups(starts: rows.starts, others: rows.others, values: Column(rowValues))
        columns = Groups(starts: Column(starts), others: Column(rowOfEntry), values: Column(columnValues))
        self.positions = Column(positions)
    }

    /// Fills a square matrix of what the rows are to each other.
    ///
    /// - Parameters:
    ///   - diagonal: What a row is to itself, or `nil` where the kernel says that too.
    ///   - mirrored: What stands below the diagonal, given what stands above it.
    ///   - machine: What to compute with.
    ///   - kernel: Computes one row from its diagonal on, given the matrix, the row, scratch memory, and where the row begins.
    /// - Returns: The matrix, row-major.
    func square<Number: BinaryFloatingPoint & BitwiseCopyable>(
        diagonal: Number?, mirrored: (Number) -> Number = { $0 }, on machine: Machine,
        _ kernel: (ck_sparse, Int, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Number>) -> Void
    ) -> Column<Number> {
        let count = rows.count
        let matrix = ck_sparse(
            row_starts: rows.starts.start, columns: rows.others.start, row_values: rows.values.start, positions: positions.start,
            column_starts: columns.starts.start, rows: columns.others.start, column_values: columns.values.start, row_count: count)
        let square = AlignedMemory<Number>(count: count * count)
        withExtendedLifetime((self, square)) {
            // Early rows are the longest, and are handed out first.
            machine.forEach(count, chunk: 16) { chunk in
                let scratch = AlignedMemory<Double>(count: count * 8)
                withExtendedLifetime(scratch) {
                    for row in chunk {
                        kernel(matrix, row, scratch.start, square.start + row * count)
                        if let diagonal { square.start[row * count + row] = diagonal }
                    }
                }
            }
            // In tiles, so that what is read down a column stays in the cache.
            let tile = 32
            machine.forEach((count + tile - 1) / tile, chunk: 1) { tiles in
                for top in stride(from: tiles.lowerBound * tile, to: min(tiles.upperBound * tile, count), by: tile) {
                    for left in stride(from: 0, through: top, by: tile) {
                        for row in top..<min(top + tile, count) {
                            for column in left..<min(left + tile, row) {
                                square.start[row * count + column] = mirrored(square.start[column * count + row])
                            }
                        }
                    }
                }
            }
        }
        return Column(square)
    }
}
