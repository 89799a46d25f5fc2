import Foundation
import Testing

@testable import Recommenders

@Suite struct SketchTests {
    private static let seed = ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0..<1_000_000)

    @Test("quantiles are off by about 1 % of their ranks, in little room, however the numbers arrive", arguments: [0, 1, 2])
    func quantiles(order: Int) throws {
        var random = SplitMix(seed: Self.seed)
        var numbers = (0..<20_000).map { _ in random.nextUnit() }
        if order == 1 { numbers.sort() } else if order == 2 { numbers.sort(by: >) }
        var sketch = QuantileSketch()
        for number in numbers { sketch.insert(number) }
        #expect(sketch.count == numbers.count)
        for share in [0.01, 0.1, 0.5, 0.9, 0.99] {
            let quantile = try #require(sketch.quantile(share))
            #expect(abs(quantile - share) < 0.03, "SEED=\(Self.seed)")
            #expect(abs(sketch.share(upTo: share) - share) < 0.03, "SEED=\(Self.seed)")
        }
        #expect(try JSONEncoder().encode(sketch).count < 20_000)
    }

    @Test("few numbers are kept as they are")
    func fewNumbers() {
        var sketch = QuantileSketch()
        #expect(sketch.quantile(0.5) == nil && sketch.share(upTo: 1) == 0)
        for number in [5.0, 1, 4, 2, 3] { sketch.insert(number) }
        #expect(sketch.quantile(0) == 1 && sketch.quantile(0.5) == 3 && sketch.quantile(1) == 5 && sketch.share(upTo: 2) == 0.4)
    }

    @Test("distinct texts are counted to about 1.6 %, twice the same once", arguments: [10, 1000, 30_000])
    func distinct(count: Int) throws {
        var sketch = DistinctSketch()
        for _ in 0..<2 {
            for number in 0..<count { sketch.insert("text \(number)".utf8.span) }
        }
        // Among few texts, two may fall together.
        #expect(abs(sketch.count - Double(count)) < max(1.5, 0.05 * Double(count)))
        var other = DistinctSketch()
        for number in count / 2..<count * 2 { other.insert("text \(number)".utf8.span) }
        other.merge(sketch)
        #expect(abs(other.count - Double(count * 2)) < max(1.5, 0.05 * Double(count * 2)))
        #expect(try JSONDecoder().decode(DistinctSketch.self, from: JSONEncoder().encode(sketch)) == sketch)
    }

    @Test("sketches that others wrote are read with care", arguments: [#""""#, #""~""#, "[]"])
    func damaged(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(DistinctSketch.self, from: Data(text.utf8)) }
    }

    @Test("what makes up more than 1/1,000 is found among far more texts than there is room for")
    func frequent() {
        var sketch = FrequentSketch()
        for number in 0..<30_000 {
            sketch.insert("rare \(number)")
            if number % 100 == 0 { sketch.insert("often") }
            if number % 200 == 0 { sketch.insert("less often") }
        }
        #expect(sketch.top(2) == ["often", "less often"])
    }
}
