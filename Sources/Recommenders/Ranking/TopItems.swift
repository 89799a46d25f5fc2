internal import CKernels

extension Ranker {
    /// The best items for some users, without those that they liked already.
    ///
    /// - Parameters:
    ///   - count: The most items for each user, at least 1.
    ///   - users: Inner numbers.
    ///   - trainset: What the ranker was fitted to.
    ///   - machine: What to compute with.
    /// - Returns: For each user, inner numbers of items, the best first, among equals those that appeared first.
    public func top(_ count: Int, for users: Range<Int>, of trainset: Trainset, on machine: Machine = .whole) -> [[Int]] {
        let found = FoundItems(lists: users.count, count: count)
        machine.forEach(users.count, chunk: FoundItems.chunk) { positions in
            let some = users.lowerBound + positions.lowerBound..<users.lowerBound + positions.upperBound
            find(
                for: some, among: trainset.itemCount, without: [trainset.byUser.lists], into: found, at: positions.lowerBound,
                machine.kernels)
        }
        return (0..<users.count).map { found[$0].map(Int.init) }
    }
}

extension ItemScorer {
    /// Finds the best items for some users, on the thread that asks.
    ///
    /// - Parameters:
    ///   - users: Inner numbers.
    ///   - itemCount: How many items there are.
    ///   - seen: For each inner user, items to leave out.
    ///   - found: Where the lists go, from `position` on.
    ///   - kernels: What to compute with.
    func find(
        for users: Range<Int>, among itemCount: Int, without seen: [Lists], into found: FoundItems, at position: Int, _ kernels: Kernels
    ) {
        let stride = Kernels.stride(of: itemCount)
        var scores = [Float](repeating: 0, count: users.count * stride)
        score(users, into: &scores, stride: stride)
        for (row, user) in users.enumerated() {
            for seen in seen {
                for item in seen[user] { scores[row * stride + Int(item)] = -.infinity }
            }
            found.choose(scores[row * stride..<row * stride + itemCount], at: position + row, kernels)
        }
    }
}

/// Lists of items for users: room for them, filled by several threads, each list by one.
final class FoundItems: Sendable {
    /// Users whose items are scored at once.
    static let chunk = 64

    /// The most items of a list.
    private let count: Int
    private let items: AlignedMemory<Int32>
    private let counts: AlignedMemory<Int32>

    init(lists: Int, count: Int) {
        self.count = count
        items = AlignedMemory(count: lists * count)
        counts = AlignedMemory(count: lists)
    }

    /// Chooses the items with the largest scores, among equals those that stand first; none whose score is not a number, or -∞.
    ///
    /// - Parameters:
    ///   - scores: A score for each item.
    ///   - list: Which list they make.
    ///   - kernels: What to compute with.
    func choose(_ scores: ArraySlice<Float>, at list: Int, _ kernels: Kernels) {
        scores.withUnsafeBufferPointer { scores in
            guard let start = scores.baseAddress else { return }
            counts.start[list] = Int32(kernels.top(start, scores.count, count, items.start + list * count))
        }
    }

    /// A list, the best first.
    subscript(list: Int) -> Column<Int32> {
        Column(items).extracting(list * count..<list * count + Int(counts.start[list]))
    }
}
