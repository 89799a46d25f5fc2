internal import CKernels

/// For each item, the items most like it: by who liked them, by their features, or by vectors.
///
/// Of users and features, how alike two items are is the cosine of their rows of a matrix of zeros and ones, times n / (n + shrinkage) where n is the number of
/// columns that both have: two items with one common user are not as alike as two with a hundred.
public struct NearestItems: Sendable {
    /// An item's neighbour.
    public struct Neighbour: Hashable, Sendable {
        public var item: String
        /// More than 0, at most 1.
        public var similarity: Float
    }

    /// The items that have neighbours, each with them, the nearest first, among equals those that came first.
    public let neighbours: [(item: String, neighbours: [Neighbour])]

    /// What makes items alike.
    public struct Options: Sendable {
        /// The most neighbours of an item, 1 to 10,000.
        public var count = 20
        /// n above: how many common columns it takes to be half as alike as the cosine says; at least 0.
        public var shrinkage = 0.0
        /// Items with fewer columns have no neighbours and are nobody's; at least 1.
        public var support = 1

        /// Makes options with their defaults.
        public init() {}

        fileprivate func check() throws(RecommenderError) {
            guard (1...10_000).contains(count), shrinkage >= 0, support >= 1 else {
                throw RecommenderError(
                    .invalidOption, "Neighbours cannot be found with count \(count), shrinkage \(shrinkage) and support \(support)",
                    hint: "The count is 1 to 10000, the shrinkage at least 0, the support at least 1.")
            }
        }
    }

    /// By who liked them. Where a user rated an item several times, the last rating counts.
    ///
    /// - Parameters:
    ///   - dataset: The ratings.
    ///   - least: Ratings from this on say that the user liked the item; `nil` when all do.
    /// - Throws: `.invalidOption` when an option is out of range.
    public init(
        likedIn dataset: Dataset, from least: Double? = nil, options: Options, on machine: Machine = .whole
    ) throws(RecommenderError) {
        var columns = [[Int32]](repeating: [], count: dataset.items.count)
        for row in dataset.lastRows where least.map({ dataset.ratings[row] >= $0 }) ?? true {
            columns[Int(dataset.itemOfRow[row])].append(dataset.userOfRow[row])
        }
        try self.init(columns, columnCount: dataset.users.count, of: dataset.items, options, machine)
    }

    /// By the features of items.
    ///
    /// - Throws: `.invalidOption` when an option is out of range.
    public init(featuresIn dataset: Dataset, options: Options, on machine: Machine = .whole) throws(RecommenderError) {
        let features = dataset.itemFeatures
        try self.init(
            (0..<dataset.items.count).map { features.list(of: $0) }, columnCount: features.features.count, of: dataset.items, options,
            machine)
    }

    private init(
        _ columns: [[Int32]], columnCount: Int, of items: IdentifierTable, _ options: Options, _ machine: Machine
    ) throws(RecommenderError) {
        try options.check()
        // Inner numbers of the items that take part.
        let outer = columns.indices.filter { columns[$0].count >= options.support }
        var rowsOfColumn = [[Int32]](repeating: [], count: columnCount)
        for (row, item) in outer.enumerated() {
            for column in columns[item] { rowsOfColumn[Int(column)].append(Int32(row)) }
        }
        let width = min(options.count, outer.count)
        let best = AlignedMemory<ck_best>(count: outer.count * width)
        let counts = machine.map(outer.count, chunk: 16) { row in
            var common = [Int32](repeating: 0, count: outer.count)
            for column in columns[outer[row]] {
                for other in rowsOfColumn[Int(column)] { common[Int(other)] += 1 }
            }
            common[row] = 0
            let own = Double(columns[outer[row]].count)
            let similarities = common.indices.map { other in
                let number = Double(common[other])
                guard number > 0 else { return -Float.infinity }
                let cosine = number / (own * Double(columns[outer[other]].count)).squareRoot()
                return Float(cosine * number / (number + options.shrinkage))
            }
            return machine.kernels.top(similarities, outer.count, 0, width, 0, best.start + row * width)
        }
        neighbours = outer.enumerated().compactMap { row, item in
            guard counts[row] > 0 else { return nil }
            return (
                items[item],
                (row * width..<row * width + counts[row]).map {
                    Neighbour(item: items[outer[Int(best.start[$0].candidate)]], similarity: best.start[$0].score)
                }
            )
        }
        withExtendedLifetime(best) {}
    }

    /// By the angles between vectors: the cosine alone, whatever the options' shrinkage and support.
    ///
    /// - Parameters:
    ///   - vectors: Those of the items.
    ///   - profiles: Who gets the neighbours, in place of the items themselves: how much a user cares for each number, say.
    /// - Throws: `.invalidOption` when the count is out of range, `.invalidInput` when profiles have not as many numbers as items.
    public init(
        _ vectors: Vectors, of profiles: Vectors? = nil, options: Options, on machine: Machine = .whole
    ) throws(RecommenderError) {
        try options.check()
        let askers = profiles ?? vectors
        guard askers.dimension == vectors.dimension || askers.names.count == 0 || vectors.names.count == 0 else {
            throw RecommenderError(
                .invalidInput, "The profiles have \(askers.dimension) numbers each, and the items \(vectors.dimension)",
                hint: "Give each as many numbers, in the same order.")
        }
        let count = vectors.names.count
        let stride = Kernels.stride(of: count)
        // A row for each number, as the kernel takes them.
        let columns = AlignedMemory<Float>(count: vectors.dimension * stride)
        for item in 0..<count {
            for lane in 0..<vectors.dimension { columns.start[lane * stride + item] = vectors.numbers[item * vectors.dimension + lane] }
        }
        let width = min(options.count, count)
        let best = AlignedMemory<ck_best>(count: askers.names.count * width)
        let counts = machine.map(askers.names.count, chunk: 16) { row in
            var cosines = [Float](repeating: 0, count: stride)
            let own = Array(askers.numbers[row * askers.dimension..<(row + 1) * askers.dimension])
            machine.kernels.multiply_add(&cosines, stride, own, own.count, columns.start, stride, 1, stride, own.count, 1)
            if profiles == nil { cosines[row] = 0 }
            for other in 0..<count where cosines[other] <= 0 { cosines[other] = -.infinity }
            return machine.kernels.top(cosines, count, 0, width, 0, best.start + row * width)
        }
        neighbours = counts.enumerated().compactMap { row, number in
            guard number > 0 else { return nil }
            return (
                askers.names[row],
                (row * width..<row * width + number).map {
                    // Rounding may lead a little beyond.
                    Neighbour(item: vectors.names[Int(best.start[$0].candidate)], similarity: min(best.start[$0].score, 1))
                }
            )
        }
        withExtendedLifetime((best, columns)) {}
    }

    /// Writes a file: lines of an item, a neighbour and how alike they are, separated by tabs, the nearest first, in place of what was there.
    ///
    /// - Throws: `.io` when it cannot be written.
    public func write(to path: String) throws(RecommenderError) {
        var file = try OutputFile(path)
        for (item, neighbours) in neighbours {
            for neighbour in neighbours { try file.write("\(item)\t\(neighbour.item)\t\(neighbour.similarity)\n".utf8) }
        }
        try file.finish()
    }
}
