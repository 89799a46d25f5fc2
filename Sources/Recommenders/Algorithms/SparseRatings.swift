internal import CKernels

/// Ratings as a sparse matrix twice over, as the similarity kernels take it: by row, and by column with ascending rows.
///
/// Rows are the users or the items that are compared.
struct SparseRatings {
    private let rows: Groups
    private let columnStarts: Column<Int>
    /// For each rating by column, its row and its steps.
    private let entries: Column<UInt32>
    /// For each rating by row, where it stands by column.
    private let positions: Column<UInt32>
    private let values: Values

    /// What stands in the matrix.
    private enum Values {
        /// By row, how many steps of one size.
        case steps(Column<UInt8>, step: Double)
        /// Any numbers, by row and by column.
        case numbers(byRow: Column<Double>, byColumn: Column<Double>)
    }

    /// Takes ratings as they are: as whole steps of 1 or ½ from 0 on, where they are few of those.
    ///
    /// - Parameters:
    ///   - rows: The ratings of each user, or of each item.
    ///   - columnCount: How many numbers there are on the other side.
    init(_ rows: Groups, columnCount: Int) {
        if columnCount <= Int(ck_step_columns) {
            for step in [1, 0.5] {
                guard let steps = Self.steps(rows.values, of: step) else { continue }
                self.init(rows, columnCount: columnCount, steps: steps, step: step)
                return
            }
        }
        self.init(rows, columnCount: columnCount) { $2 }
    }

    /// Takes what `transform` makes of each rating, given its row, its column and its value.
    init(_ rows: Groups, columnCount: Int, transform: (_ row: Int, _ column: Int, _ value: Double) -> Double) {
        let (columnStarts, positions, entries) = Self.transpose(rows, columnCount: columnCount, steps: nil)
        let byRow = AlignedMemory<Double>(count: rows.values.count)
        let byColumn = AlignedMemory<Double>(count: rows.values.count)
        for row in 0..<rows.count {
            for entry in rows.starts[row]..<rows.starts[row + 1] {
                let value = transform(row, Int(rows.others[entry]), rows.values[entry])
                byRow.start[entry] = value
                byColumn.start[Int(positions[entry])] = value
            }
        }
        self.rows = rows
        (self.columnStarts, self.positions, self.entries) = (columnStarts, positions, entries)
        values = .numbers(byRow: Column(byRow), byColumn: Column(byColumn))
    }

    /// Takes 1 for each rating.
    init(onesOf rows: Groups, columnCount: Int) {
        let ones = AlignedMemory<UInt8>(count: rows.others.count)
        ones.start.update(repeating: 1, count: ones.count)
        self.init(rows, columnCount: columnCount, steps: Column(ones), step: 1)
    }

    private init(_ rows: Groups, columnCount: Int, steps: Column<UInt8>, step: Double) {
        self.rows = rows
        (columnStarts, positions, entries) = Self.transpose(rows, columnCount: columnCount, steps: steps)
        values = .steps(steps, step: step)
    }

    /// How many steps each value is; `nil` when one is not few whole ones.
    private static func steps(_ values: Column<Double>, of step: Double) -> Column<UInt8>? {
        let steps = AlignedMemory<UInt8>(count: values.count)
        for (entry, value) in values.buffer.enumerated() {
            let count = value / step
            guard count >= 0, count < Double(ck_steps) else { return nil }
            steps.start[entry] = UInt8(count)
            guard Double(steps.start[entry]) == count else { return nil }
        }
        return Column(steps)
    }

    /// Sorts by column what stands by row.
    private static func transpose(_ rows: Groups, columnCount: Int, steps: Column<UInt8>?) -> (
        columnStarts: Column<Int>, positions: Column<UInt32>, entries: Column<UInt32>
    ) {
        let starts = AlignedMemory<Int>(count: columnCount + 1)
        let positions = AlignedMemory<UInt32>(count: rows.others.count)
        let entries = AlignedMemory<UInt32>(count: rows.others.count)
        let columns = rows.others.buffer
        for column in columns { starts.start[Int(column) + 1] += 1 }
        for column in 0..<columnCount { starts.start[column + 1] += starts.start[column] }
        let next = AlignedMemory(copying: Column(starts))
        for row in 0..<rows.count {
            let own = UInt32(row) * UInt32(ck_steps)
            for entry in rows.starts[row]..<rows.starts[row + 1] {
                let column = Int(columns[entry])
                let position = next.start[column]
                next.start[column] = position + 1
                positions.start[entry] = UInt32(position)
                entries.start[position] = own
            }
        }
        if let steps {
            for (entry, step) in steps.buffer.enumerated() { entries.start[Int(positions.start[entry])] += UInt32(step) }
        }
        return (Column(starts), Column(positions), Column(entries))
    }

    /// Fills a square matrix of what the rows are to each other.
    ///
    /// - Parameters:
    ///   - what: What the rows are, for messages: `users` or `items`.
    ///   - diagonal: What a row is to itself, or `nil` where the kernel says that too.
    ///   - isOpposite: Whether what one row is to another is the opposite of what the other is to it, and not the same.
    ///   - machine: What to compute with.
    ///   - kernel: Computes one row from its diagonal on, given the matrix, the row, scratch memory, and where the row begins.
    /// - Returns: The matrix, row-major.
    /// - Throws: `.invalidInput` when it takes more memory than the machine has.
    func square<Number: BinaryFloatingPoint & BitwiseCopyable>(
        of what: String, diagonal: Number?, isOpposite: Bool = false, on machine: Machine,
        _ kernel: (ck_sparse, Int, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Number>) -> Void
    ) throws(RecommenderError) -> Column<Number> {
        let count = rows.count
        try machine.demand(
            Double(count) * Double(count) * Double(MemoryLayout<Number>.stride), for: "Comparing \(count) \(what) with each other",
            hint: "Use an algorithm that does not, such as svd or implicit-als, or leave out \(what) with few ratings.")
        let matrix = matrix
        let square = AlignedMemory<Number>(count: count * count)
        withExtendedLifetime((self, square)) {
            let start = square.start
            // Early rows are the longest, and are handed out first.
            machine.forEach(count, chunk: 16) { chunk in
                withUnsafeTemporaryAllocation(byteCount: count * 64, alignment: Int(ck_alignment)) { memory in
                    guard let scratch = memory.baseAddress?.assumingMemoryBound(to: Double.self) else { return }
                    for row in chunk {
                        kernel(matrix, row, scratch, start + row * count)
                        if let diagonal { start[row * count + row] = diagonal }
                    }
                }
            }
            // In tiles, so that what is read down a column stays in the cache.
            let tile = 32
            machine.forEach((count + tile - 1) / tile, chunk: 1) { tiles in
                for top in stride(from: tiles.lowerBound * tile, to: min(tiles.upperBound * tile, count), by: tile) {
                    for left in stride(from: 0, through: top, by: tile) {
                        for row in top..<min(top + tile, count) {
                            let written = start + row * count
                            var read = start + (left * count + row)
                            for column in left..<max(min(left + tile, row), left) {
                                // No product: the compiler may choose the sign of NaN, and chose otherwise for one thread than for two.
                                written[column] = isOpposite ? -read.pointee : read.pointee
                                read += count
                            }
                        }
                    }
                }
            }
        }
        return Column(square)
    }

    /// The same for the kernels; valid as long as `self` lives.
    private var matrix: ck_sparse {
        var matrix = ck_sparse(
            row_starts: rows.starts.start, columns: rows.others.start, positions: positions.start, column_starts: columnStarts.start,
            entries: entries.start, row_steps: nil, step: 1, row_values: nil, column_values: nil, row_count: rows.count)
        switch values {
        case .steps(let steps, let step): (matrix.row_steps, matrix.step) = (steps.start, step)
        case .numbers(let byRow, let byColumn): (matrix.row_values, matrix.column_values) = (byRow.start, byColumn.start)
        }
        return matrix
    }
}
