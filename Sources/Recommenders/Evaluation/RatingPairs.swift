/// Of the pairs of some ratings, one larger than the other, those whose estimates are in the same order, and the others.
struct RatingPairs: Hashable {
    private(set) var concordant = 0
    /// With the estimates in the other order, or equal.
    private(set) var discordant = 0

    /// - Complexity: O(n log n).
    init(of ratings: [(rating: Double, estimate: Double)]) {
        // Among equal ratings estimates fall, so that the pairs that rise are the concordant ones.
        let sorted = ratings.sorted { ($0.rating, $1.estimate) < ($1.rating, $0.estimate) }
        concordant = Self.risingPairCount(of: sorted.map(\.estimate))
        var unequal = Self.pairCount(of: sorted.count)
        var start = 0
        for end in 1...max(sorted.count, 1) where end >= sorted.count || sorted[end].rating != sorted[start].rating {
            unequal -= Self.pairCount(of: end - start)
            start = end
        }
        discordant = unequal - concordant
    }

    private static func pairCount(of count: Int) -> Int { count * (count - 1) / 2 }

    /// How many pairs there are of a number and a larger one behind it: counted while runs of twice the length are merged, again and again.
    private static func risingPairCount(of numbers: [Double]) -> Int {
        var count = 0
        var (sorted, merged) = (numbers, numbers)
        var width = 1
        while width < numbers.count {
            for start in stride(from: 0, to: numbers.count, by: 2 * width) {
                let (middle, end) = (min(start + width, numbers.count), min(start + 2 * width, numbers.count))
                var (left, right) = (start, middle)
                for place in start..<end {
                    // Of equal ones, which do not rise, the one on the right goes first.
                    if right < end, left == middle || sorted[right] <= sorted[left] {
                        merged[place] = sorted[right]
                        count += left - start
                        right += 1
                    } else {
                        merged[place] = sorted[left]
                        left += 1
                    }
                }
            }
            swap(&sorted, &merged)
            width *= 2
        }
        return count
    }
}
