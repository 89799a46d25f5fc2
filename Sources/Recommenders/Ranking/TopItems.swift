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
        if let scorer = self as? any PartialItemScorer {
            return scorer.findByParts(for: users, without: seen, into: found, at: position, kernels)
        }
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

/// Scores some items without the others, so that scores stay in the cache until they are looked at.
protocol PartialItemScorer: ItemScorer {
    /// How many items there are.
    var itemCount: Int { get }

    /// Scores some items for some users.
    ///
    /// - Parameters:
    ///   - users: Inner numbers.
    ///   - items: Inner numbers, from a multiple of `PartOfItems.panel` on.
    ///   - scores: A row for each of the users, with a place for each of the items; zero at first.
    ///   - stride: Places from one row to the next, at least the number of these items, rounded up to a multiple of 16.
    func score(_ users: Range<Int>, _ items: Range<Int>, into scores: UnsafeMutablePointer<Float>, stride: Int)
}

/// How many items are scored at once.
enum PartOfItems {
    /// Items that stand together: the widest tile of the kernels.
    static let panel = 2 * Int(ck_lanes)
    /// Items whose scores, for the users of `FoundItems.chunk`, stay in the cache.
    static let size = 16 * panel
}

extension PartialItemScorer {
    /// `score` for all items.
    func scoreAll(_ users: Range<Int>, into scores: inout [Float], stride: Int) {
        scores.withUnsafeMutableBufferPointer { scores in
            guard let start = scores.baseAddress else { return }
            score(users, 0..<itemCount, into: start, stride: stride)
        }
    }

    fileprivate func findByParts(for users: Range<Int>, without seen: [Lists], into found: FoundItems, at position: Int, _ kernels: Kernels)
    {
        let stride = PartOfItems.size
        let left = users.map { user in seen.flatMap { $0[user] }.sorted() }
        var passed = [Int](repeating: 0, count: users.count)
        var scores = [Float](repeating: 0, count: users.count * stride)
        for first in Swift.stride(from: 0, to: itemCount, by: PartOfItems.size) {
            let items = first..<min(first + PartOfItems.size, itemCount)
            scores.withUnsafeMutableBufferPointer { scores in
                scores.update(repeating: 0)
                guard let start = scores.baseAddress else { return }
                score(users, items, into: start, stride: stride)
            }
            for row in 0..<users.count {
                while passed[row] < left[row].count, Int(left[row][passed[row]]) < items.upperBound {
                    scores[row * stride + Int(left[row][passed[row]]) - items.lowerBound] = -.infinity
                    passed[row] += 1
                }
                found.choose(scores[row * stride..<row * stride + items.count], from: items.lowerBound, at: position + row, kernels)
            }
        }
    }
}

/// Lists of items for users: room for them, filled by several threads, each list by one.
final class FoundItems: Sendable {
    /// Users whose items are scored at once.
    static let chunk = 64

    /// The most items of a list.
    private let count: Int
    private let best: AlignedMemory<ck_best>
    private let counts: AlignedMemory<Int32>

    init(lists: Int, count: Int) {
        self.count = count
        best = AlignedMemory(count: lists * count)
        counts = AlignedMemory(count: lists)
    }

    /// Chooses the items with the largest scores, among equals those that stand first; none whose score is not a number, or -∞.
    ///
    /// - Parameters:
    ///   - scores: A score for each of some items, each item once.
    ///   - first: The first of these; items are shown in order.
    ///   - list: Which list they belong to.
    ///   - kernels: What to compute with.
    func choose(_ scores: ArraySlice<Float>, from first: Int = 0, at list: Int, _ kernels: Kernels) {
        scores.withUnsafeBufferPointer { scores in
            guard let start = scores.baseAddress else { return }
            counts.start[list] = Int32(
                kernels.top(start, scores.count, Int32(first), count, Int(counts.start[list]), best.start + list * count))
        }
    }

    /// A list, the best first.
    subscript(list: Int) -> [Int32] { entries(of: list).map(\.candidate) }

    /// The scores of a list's items.
    func scores(of list: Int) -> [Float] { entries(of: list).map(\.score) }

    private func entries(of list: Int) -> UnsafeBufferPointer<ck_best> {
        UnsafeBufferPointer(start: best.start + list * count, count: Int(counts.start[list]))
    }
}
