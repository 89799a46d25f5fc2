/// The range that holds a number's true value with a probability of 95 %, as far as the users at hand are drawn at random from all.
///
/// Users are drawn from those at hand, as many and with replacement, again and again; the middle 95 % of what comes out is the range. It is
/// users that are drawn and not ratings, since what is wrong with one rating of a user tends to be wrong with the next.
///
/// - Source: Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979.
public struct Interval: Codable, Hashable, Sendable {
    public var low: Double
    public var high: Double

    /// How often users are drawn.
    static let drawCount = 1000

    /// Draws users, and takes the ranges of some numbers.
    ///
    /// - Parameters:
    ///   - userCount: How many users there are, at least 1.
    ///   - numberCount: How many numbers `measure` gives.
    ///   - seed: Where the random numbers start.
    ///   - machine: What to compute with; it makes no difference.
    ///   - measure: The numbers for some users, each in `0..<userCount`; NaN for one that those have not.
    /// - Returns: A range for each of the numbers; `nil` where no draw has it.
    static func resampling(
        userCount: Int, numberCount: Int, seed: UInt64, on machine: Machine, _ measure: ([Int]) -> [Double]
    ) -> [Interval?] {
        let found = AlignedMemory<Double>(count: drawCount * numberCount)
        machine.forEach(drawCount, chunk: 8) { draws in
            for draw in draws {
                var random = SplitMix(seed: seed)
                random.stir(UInt64(draw))
                let users = (0..<userCount).map { _ in Int(random.next().multipliedFullWidth(by: UInt64(userCount)).high) }
                for (position, number) in measure(users).enumerated() { found.start[draw * numberCount + position] = number }
            }
        }
        return (0..<numberCount).map { position in
            let sorted = (0..<drawCount).map { found.start[$0 * numberCount + position] }.filter { !$0.isNaN }.sorted()
            guard !sorted.isEmpty else { return nil }
            let cut = sorted.count / 40
            return Interval(low: sorted[cut], high: sorted[sorted.count - 1 - cut])
        }
    }
}
