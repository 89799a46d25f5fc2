internal import CKernels

/// Ranks items by the inner product of their factors and the user's.
///
/// In a model file:
///
/// | Section | Content |
/// | --- | --- |
/// | `factors` | u64: length of a factor row, 1 to 1,024 |
/// | `user.fac` | f32, a row for each user, filled up with zeros to a multiple of 16 |
/// | `item.pan` | f32, panels of 32 items, the last filled up with zeros; in each a row for each factor, in it one for each item |
public struct FactorRanker: Ranker, PartialItemScorer {
    let users: Column<Float>
    /// A panel is read from its first byte to its last, by one user or by many.
    let panels: Column<Float>
    let itemCount: Int
    let factors: Int
    let kernels: Kernels

    init(users: Column<Float>, items: Column<Float>, itemCount: Int, factors: Int, kernels: Kernels) {
        let stride = Kernels.stride(of: factors)
        let width = PartOfItems.panel
        let panels = AlignedMemory<Float>(count: Self.size(itemCount: itemCount, factors: factors))
        for item in 0..<itemCount {
            let panel = panels.start + item / width * width * factors + item % width
            for factor in 0..<factors { panel[factor * width] = items[item * stride + factor] }
        }
        self.users = users
        self.panels = Column(panels)
        self.itemCount = itemCount
        self.factors = factors
        self.kernels = kernels
    }

    public func score(_ users: Range<Int>, into scores: inout [Float], stride: Int) {
        scoreAll(users, into: &scores, stride: stride)
    }

    func score(_ users: Range<Int>, _ items: Range<Int>, into scores: UnsafeMutablePointer<Float>, stride: Int) {
        let (rowStride, width, columns) = (Kernels.stride(of: factors), PartOfItems.panel, Kernels.stride(of: items.count))
        precondition(items.lowerBound % width == 0 && stride >= columns, "scores begin with a panel, and there is a place for each")
        for first in Swift.stride(from: items.lowerBound, to: items.upperBound, by: width) {
            let place = first - items.lowerBound
            kernels.multiply_add(
                scores + place, stride, self.users.start + users.lowerBound * rowStride, rowStride, panels.start + first * factors, width,
                users.count, min(width, columns - place), factors, 1)
        }
    }

    public func parts(of score: Float, user: Int, item: Int) -> [PartOfSum] {
        [PartOfSum("factors", "inner product of the user's and the item's factors", score.shortestDouble)]
    }

    public func write(to sections: inout SectionWriter) {
        sections.add("factors", Column(copying: [UInt64(factors)]))
        sections.add("user.fac", users)
        sections.add("item.pan", panels)
    }

    public init(from sections: SectionReader) throws(RecommenderError) {
        let shape: Column<UInt64> = try sections.column("factors", count: 1)
        guard (1...1024).contains(shape[0]) else { throw .corruptModel("its factors have no shape") }
        factors = Int(shape[0])
        users = try sections.column("user.fac", count: sections.userCount * Kernels.stride(of: factors))
        itemCount = sections.itemCount
        panels = try sections.column("item.pan", count: Self.size(itemCount: itemCount, factors: factors))
        kernels = .widest
    }

    /// Numbers in the panels.
    private static func size(itemCount: Int, factors: Int) -> Int {
        (itemCount + PartOfItems.panel - 1) / PartOfItems.panel * PartOfItems.panel * factors
    }
}
