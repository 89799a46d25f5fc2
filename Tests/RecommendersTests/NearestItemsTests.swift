import Foundation
import TestSupport
import Testing

@testable import Recommenders

@Suite struct NearestItemsTests {
    private static func lines(_ nearest: NearestItems) -> [String] {
        nearest.neighbours.flatMap { item, neighbours in neighbours.map { "\(item) \($0.item) \($0.similarity)" } }
    }

    @Test("how alike items are is the cosine over who liked them")
    func cosine() throws {
        let dataset = try Dataset([
            ("a", "x", 5), ("b", "x", 4), ("c", "x", 5), ("d", "x", 4), ("a", "y", 5), ("b", "z", 5), ("c", "z", 2), ("d", "w", 1),
            ("d", "w", 5),
            ("c", "y", 1),
        ])
        var options = NearestItems.Options()
        // x has four, y, z and w have one each; w was liked in the end.
        #expect(
            Self.lines(try NearestItems(likedIn: dataset, from: 4, options: options)) == [
                "x y 0.5", "x z 0.5", "x w 0.5", "y x 0.5", "z x 0.5", "w x 0.5",
            ])
        options.count = 1
        options.shrinkage = 1
        #expect(
            Self.lines(try NearestItems(likedIn: dataset, from: 4, options: options)) == ["x y 0.25", "y x 0.25", "z x 0.25", "w x 0.25"])
        options.support = 2
        #expect(Self.lines(try NearestItems(likedIn: dataset, from: 4, options: options)).isEmpty)
    }

    @Test("features make items alike, whatever their ratings")
    func features() throws {
        let folder = try TemporaryFolder()
        var dataset = Dataset()
        try FeaturesReader.read(folder.write("x\tDrama\tWar\ny\tDrama\nz\tComedy\nv\tWar\tDrama\nu\n", to: "f"), of: .items, into: &dataset)
        let nearest = try NearestItems(featuresIn: dataset, options: .init())
        #expect(nearest.neighbours.map(\.item) == ["x", "y", "v"])
        #expect(nearest.neighbours[0].neighbours.map(\.item) == ["v", "y"] && nearest.neighbours[0].neighbours[0].similarity == 1)
        try nearest.write(to: "\(folder.path)/out.tsv")
        #expect(try folder.read("out.tsv").hasPrefix("x\tv\t1.0\nx\ty\t0.70710677\n"))
    }

    @Test("vectors are compared by their angles, items with each other or with profiles")
    func vectors() throws {
        let folder = try TemporaryFolder()
        let items = try Vectors(contentsOf: folder.write("x\t2\t0\t0\ny\t3\t4\t0\n\nz\t0\t0\t1e-3\nw\t-1\t0\t0\nv\t0\t0\t0\n", to: "items"))
        #expect(Self.lines(try NearestItems(items, options: .init())) == ["x y 0.6", "y x 0.6"])
        let tastes = try Vectors(contentsOf: folder.write("ann\t0\t5\t0\nbob\t0\t0\t2\n", to: "tastes"))
        #expect(Self.lines(try NearestItems(items, of: tastes, options: .init())) == ["ann y 0.8", "bob z 1.0"])
        let short = try Vectors(contentsOf: folder.write("ann\t1\n", to: "short"))
        #expect(throws: RecommenderError.self) { try NearestItems(items, of: short, options: .init()) }
    }

    @Test(
        "a line that is no vector is refused, with its place",
        arguments: [
            ("x\t1\nx\t2\n", ":2: 'x' was there before"), ("x\t1\ny\t1\t2\n", ":2: the line has 2 numbers, and those before it 1"),
            ("x\tNaN\n", ":1: 'NaN' is not a usable number"), ("x\n", ":1: the line has 0 numbers"), ("\t1\n", ":1: the name is empty"),
            ("x\t1\t\n", ":1: '' is not a usable number"),
        ])
    func badVector(text: String, message: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: "vectors")
        #expect(try #require(throws: RecommenderError.self) { try Vectors(contentsOf: path) }.message == path + message)
    }

    @Test("threads make no difference")
    func threads() throws {
        let dataset = try Dataset.made(users: 60, items: 40)
        var options = NearestItems.Options()
        options.count = 5
        let lists = try [1, 3].map { Self.lines(try NearestItems(likedIn: dataset, from: 3, options: options, on: Machine(threads: $0))) }
        #expect(!lists[0].isEmpty && lists[0] == lists[1])
    }
}
