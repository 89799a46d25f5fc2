/// Where numbers lie, in little room however many they are: any quantile of theirs, off by about 1 % of their ranks.
///
/// Numbers are kept in levels; one of level h stands for 2^h. A level that is full is sorted, and every other number of it moves up. Which
/// half that is, a coin decides whose throws belong to the sketch, so that the same numbers in the same order give the same sketch.
///
/// - Source: Karnin, Lang and Liberty, "Optimal Quantile Approximation in Streams", 2016.
struct QuantileSketch: Codable, Hashable, Sendable {
    private var levels: [[Double]] = [[]]
    private var coin: UInt64 = 0

    /// Numbers that the highest level may have; the error is about 2.3 / this.
    private static let capacity = 200.0

    /// How many numbers were taken in.
    var count: Int { levels.enumerated().reduce(0) { $0 + $1.element.count << $1.offset } }

    /// Takes in a number, finite.
    mutating func insert(_ number: Double) {
        levels[0].append(number)
        if levels[0].count >= capacity(of: 0) { compress() }
    }

    /// The share of numbers that are at most `number`; 0 when there are none.
    func share(upTo number: Double) -> Double {
        let below = levels.enumerated().reduce(0) { $0 + $1.element.count { $0 <= number } << $1.offset }
        return count == 0 ? 0 : Double(below) / Double(count)
    }

    /// A number that about so large a share of all numbers, 0 to 1, is at most; `nil` when there are none.
    func quantile(_ share: Double) -> Double? {
        let weighted = levels.enumerated().flatMap { level, numbers in numbers.map { ($0, 1 << level) } }.sorted { $0.0 < $1.0 }
        let rank = share * Double(count)
        var passed = 0
        for (number, weight) in weighted {
            passed += weight
            if Double(passed) >= rank { return number }
        }
        return weighted.last?.0
    }

    private func capacity(of level: Int) -> Int {
        var size = Self.capacity
        for _ in level..<levels.count - 1 { size *= 2.0 / 3 }
        return max(2, Int(size))
    }

    private mutating func compress() {
        var level = 0
        while level < levels.count {
            if levels[level].count >= capacity(of: level) {
                var numbers = levels[level].sorted()
                // Of an odd number one stays behind.
                levels[level] = numbers.count % 2 == 1 ? [numbers.removeLast()] : []
                var random = SplitMix(seed: coin)
                coin = random.next()
                let offset = Int(coin & 1)
                if level + 1 == levels.count { levels.append([]) }
                levels[level + 1] += numbers.enumerated().compactMap { $0.offset % 2 == offset ? $0.element : nil }
            }
            level += 1
        }
    }
}
