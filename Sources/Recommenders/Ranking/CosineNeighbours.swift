internal import CKernels

/// For each row of a matrix of zeros and ones, the rows at the least angles to it.
struct CosineNeighbours: Sendable {
    /// The neighbours of each row, the nearest first, without the row itself.
    let rows: Lists
    /// The cosine of each neighbour's angle; positive.
    let cosines: Column<Float>

    /// - Parameters:
    ///   - groups: Where each row has ones.
    ///   - what: What the rows are, for messages: `users` or `items`.
    ///   - columnCount: How many columns there are.
    ///   - count: The most neighbours of a row.
    ///   - machine: What to compute with.
    /// - Throws: `.invalidInput` when comparing them takes more memory than the machine has.
    init(_ groups: Groups, of what: String, columnCount: Int, count: Int, on machine: Machine) throws(RecommenderError) {
        let ones = SparseRatings(onesOf: groups, columnCount: columnCount)
        let common: Column<Float> = try ones.square(of: what, diagonal: nil, on: machine) { matrix, row, scratch, counts in
            machine.kernels.counts(matrix, row, scratch, counts)
        }
        let rowCount = groups.count
        let own = (0..<rowCount).map { common[$0 * rowCount + $0] }
        let best = AlignedMemory<ck_best>(count: rowCount * count)
        let counts = machine.map(rowCount, chunk: 16) { row in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: rowCount) { cosines in
                // There is at least the row itself.
                guard let start = cosines.baseAddress else { return 0 }
                let inCommon = common.start + row * rowCount
                for other in 0..<rowCount {
                    let cosine = inCommon[other] / (own[row] * own[other]).squareRoot()
                    start[other] = inCommon[other] > 0 ? cosine : -.infinity
                }
                start[row] = -.infinity
                return machine.kernels.top(start, rowCount, 0, count, 0, best.start + row * count)
            }
        }
        withExtendedLifetime(common) {}
        var starts = [0]
        var rows: [Int32] = []
        var cosines: [Float] = []
        for (row, number) in counts.enumerated() {
            let neighbours = UnsafeBufferPointer(start: best.start + row * count, count: number)
            rows += neighbours.map(\.candidate)
            cosines += neighbours.map(\.score)
            starts.append(rows.count)
        }
        withExtendedLifetime(best) {}
        self.rows = Lists(starts: Column(copying: starts), members: Column(copying: rows))
        self.cosines = Column(copying: cosines)
    }

    /// Finds neighbours in a model file: `near.beg`, `near.row`, lists of i32, and `near.cos`, f32, one for each neighbour.
    ///
    /// - Parameter count: How many rows there are.
    /// - Throws: `.corruptModel` when they are not there.
    init(from sections: SectionReader, count: Int) throws(RecommenderError) {
        rows = try Lists(sections, "near.beg", "near.row", count: count, limit: count)
        cosines = try sections.column("near.cos", count: rows.members.count)
    }

    /// Adds the sections of a model file that hold the neighbours.
    func write(to sections: inout SectionWriter) {
        rows.write(to: &sections, "near.beg", "near.row")
        sections.add("near.cos", cosines)
    }
}
