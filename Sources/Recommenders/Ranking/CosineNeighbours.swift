internal import CKernels

/// For each row of a matrix of zeros and ones, the rows at the least angles to it.
struct CosineNeighbours: Sendable {
    /// The neighbours of row `r` are at `starts[r]..<starts[r + 1]`, the nearest first, without `r` itself.
    let starts: [Int]
    let rows: [Int32]
    /// The cosine of each neighbour's angle; positive.
    let cosines: [Float]

    /// - Parameters:
    ///   - groups: Where each row has ones.
    ///   - columnCount: How many columns there are.
    ///   - count: The most neighbours of a row.
    init(_ groups: Groups, columnCount: Int, count: Int, on machine: Machine) {
        let ones = SparseRatings(groups, columnCount: columnCount) { _, _, _ in 1 }
        let products: Column<Float> = ones.square(diagonal: nil, on: machine) { matrix, row, scratch, products in
            machine.kernels.products(matrix, row, scratch, products)
        }
        let rowCount = groups.count
        let found = AlignedMemory<Int32>(count: rowCount * count)
        let weights = AlignedMemory<Float>(count: rowCount * count)
        let counts = machine.map(rowCount, chunk: 16) { row in
            let own = products[row * rowCount + row]
            var cosines = (0..<rowCount).map { other in
                let product = products[row * rowCount + other]
                return product > 0 && other != row ? product / (own * products[other * rowCount + other]).squareRoot() : -.infinity
            }
            let best = found.start + row * count
            let number = machine.kernels.top(&cosines, rowCount, count, best)
            for position in 0..<number { weights.start[row * count + position] = cosines[Int(best[position])] }
            return number
        }
        var starts = [0]
        var rows: [Int32] = []
        var cosines: [Float] = []
        for (row, number) in counts.enumerated() {
            rows += UnsafeBufferPointer(start: found.start + row * count, count: number)
            cosines += UnsafeBufferPointer(start: weights.start + row * count, count: number)
            starts.append(rows.count)
        }
        withExtendedLifetime((found, weights)) {}
        self.starts = starts
        self.rows = rows
        self.cosines = cosines
    }
}
