import Foundation
import Testing

@testable import Recommenders

@Suite struct RatingPairsTests {
    private static let seed = ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0..<1_000_000)

    @Test("pairs are those of comparing each with each, with equal ratings and equal estimates", arguments: 0..<40)
    func eachWithEach(count: Int) {
        var random = MersenneTwister(seed: Self.seed &+ UInt64(count))
        let ratings = (0..<count).map { _ in
            (rating: Double(random.next(below: 5)), estimate: Double(random.next(below: 7)) / 2)
        }
        var (concordant, discordant) = (0, 0)
        for (position, first) in ratings.enumerated() {
            for second in ratings[..<position] where first.rating != second.rating {
                if (first.rating - second.rating) * (first.estimate - second.estimate) > 0 { concordant += 1 } else { discordant += 1 }
            }
        }
        let pairs = RatingPairs(of: ratings)
        #expect(pairs.concordant == concordant && pairs.discordant == discordant, "SEED=\(Self.seed)")
    }

    @Test("the errors of a user with very many ratings are summed up without comparing each with each", .timeLimit(.minutes(2)))
    func many() throws {
        let count = 60_000
        var dataset = Dataset()
        var predictions: [Evaluation.Prediction] = []
        for row in 0..<count {
            try dataset.append(user: "u", item: "i\(row)", rating: Double(row))
            predictions.append(Evaluation.Prediction(row: row, estimate: Double(count - row)))
        }
        let sums = UserErrors([predictions], of: dataset).total(of: 0)
        #expect(sums.concordant == 0 && sums.discordant == Double(count * (count - 1) / 2) && sums.ratings == Double(count))
    }
}
