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

    /// A sample of the texts with these numbers.
    private static func sample(_ numbers: Range<Int>) -> ValueSample {
        var sample = ValueSample()
        for number in numbers { sample.insert("text \(number)".utf8.span) }
        return sample
    }

    @Test("few different texts are counted, many to about 0.5 %, twice the same once", arguments: [10, 30_000, 200_000])
    func distinct(count: Int) throws {
        var sample = Self.sample(0..<count)
        for number in 0..<1000 { sample.insert("text \(number % count)".utf8.span) }
        #expect(abs(sample.count - Double(count)) <= (count > 65_536 ? 0.025 * Double(count) : 0))
        #expect(try JSONDecoder().decode(ValueSample.self, from: JSONEncoder().encode(sample)) == sample)
    }

    /// A column whose values are these numbers.
    private static func column(_ numbers: Range<Int>) -> ColumnSketch {
        var column = ColumnSketch(of: .integer)
        for number in numbers { column.insert("\(number)".utf8.span, number: nil) }
        return column
    }

    @Test("of a few values it is told how many are not among far more, or nothing where they are too few for that")
    func newAmongMany() throws {
        let catalogue = Self.column(0..<300_000)
        for (newCount, tolerance) in [(0, 0.0), (1000, 0.1), (4000, 0)] {
            let start = 300_000 + newCount - 4000
            let new = try #require(Self.column(start..<start + 4000).drift(from: catalogue).new)
            #expect(abs(new - Double(newCount) / 4000) <= tolerance)
        }
        #expect(Self.column(0..<100).drift(from: catalogue).new == nil)
        #expect(Self.column(10..<30).drift(from: Self.column(0..<20)).new == 0.5)
        #expect(Self.column(0..<0).drift(from: Self.column(0..<20)).new == 0)
    }

    @Test("a column that was written before there were samples is read, and says nothing of what is new")
    func withoutSample() throws {
        let old = #"{"present": 2, "missing": 0, "distinct": "$$$", "quantiles": null}"#
        let column = try JSONDecoder().decode(ColumnSketch.self, from: Data(old.utf8))
        #expect(column.present == 2 && Self.column(0..<9).drift(from: column).new == nil)
    }

    @Test(
        "samples that others wrote are read with care",
        arguments: [#""""#, "[]", #"{"depth": 0, "hashes": "AAAA"}"#, #"{"depth": -1, "hashes": ""}"#, #"{"depth": 0, "hashes": "~"}"#])
    func damaged(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(ValueSample.self, from: Data(text.utf8)) }
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
