import Foundation
import TestSupport
import Testing

@testable import Recommenders

@Suite struct SplitTests {
    private static func dataset(_ rows: [(String, String, Double, Int64?)]) throws -> Dataset {
        var dataset = Dataset()
        for (user, item, rating, time) in rows { try dataset.append(user: user, item: item, rating: rating, time: time) }
        return dataset
    }

    @Test("folds test each row once, the same for the same seed")
    func folds() throws {
        let dataset = try Dataset.made(users: 20, items: 10)
        let parts = try RatingSplit("folds=4").divide(dataset, seed: 3)
        #expect(parts.count == 4)
        #expect(parts.flatMap(\.test).sorted() == Array(0..<dataset.rowCount))
        for part in parts { #expect((part.train + part.test).sorted() == Array(0..<dataset.rowCount)) }
        #expect(try RatingSplit("folds=4").divide(dataset, seed: 3).map(\.test) == parts.map(\.test))
        #expect(try RatingSplit("folds=4").divide(dataset, seed: 4).map(\.test) != parts.map(\.test))
    }

    @Test("folds of seed 0 are those of Surprise's KFold", .enabled(if: ProcessInfo.processInfo.environment["PACH_DATA"] != nil))
    func surprise() throws {
        let folder = try #require(ProcessInfo.processInfo.environment["PACH_DATA"])
        var dataset = Dataset()
        try RatingsReader.read(folder + "/ml-100k/u.data", into: &dataset)
        let golden = try FoldsReader.read(folder + "/golden/kfold_rs0_indices.txt", rowCount: dataset.rowCount)
        let parts = try RatingSplit.folds(5).divide(dataset, seed: 0)
        #expect(parts.map(\.test) == golden.testRows)
        #expect(parts[2].train == golden.trainRows(for: 2))
    }

    @Test("the last ones of each user are held out, by time, and then by row; who has no more keeps them")
    func last() throws {
        let dataset = try Self.dataset([
            ("a", "x", 1, 30), ("a", "y", 2, 10), ("b", "x", 3, 5), ("a", "z", 4, 30), ("a", "w", 5, 20), ("c", "x", 1, 7),
            ("c", "y", 1, 6),
        ])
        let one = try RatingSplit("last=1").divide(dataset, seed: 0)[0]
        #expect(one.train == [0, 1, 2, 4, 6] && one.test == [3, 5])
        let two = try RatingSplit("last=2").divide(dataset, seed: 0)[0]
        #expect(two.train == [1, 2, 4, 5, 6] && two.test == [0, 3])
    }

    @Test("nothing trained on is as late as anything tested on, though seconds are shared")
    func time() throws {
        let dataset = try Self.dataset((0..<40).map { ("u\($0 % 7)", "i\($0)", 3, Int64($0 * 37 % 11)) })
        let (train, test) = try RatingSplit("time=0.25").divide(dataset, seed: 0)[0]
        let trained = try #require(train.compactMap { dataset.time(of: $0) }.max())
        let tested = try #require(test.compactMap { dataset.time(of: $0) }.min())
        #expect(trained < tested)
        #expect((10...14).contains(test.count) && train.count + test.count == 40)
    }

    @Test(
        "of a pair rated several times only the last row takes part, so that it is not on both sides",
        arguments: ["folds=2", "last=1", "time=0.5"])
    func corrections(split: String) throws {
        let dataset = try Self.dataset([("a", "x", 1, 1), ("a", "x", 2, 9), ("a", "y", 1, 2), ("b", "x", 1, 3), ("b", "x", 4, 4)])
        for part in try RatingSplit(split).divide(dataset, seed: 1) { #expect((part.train + part.test).sorted() == [1, 2, 4]) }
    }

    @Test("says what a split lacks")
    func errors() throws {
        let untimed = try Dataset([("a", "x", 1), ("a", "y", 1)])
        let error = try #require(throws: RecommenderError.self) { try RatingSplit("time=0.5").divide(untimed, seed: 0) }
        #expect(error.code == .invalidInput && error.message == "2 of the ratings have no timestamp")
        #expect(try #require(throws: RecommenderError.self) { try RatingSplit("folds=3").divide(untimed, seed: 0) }.code == .noRatings)
        #expect(try #require(throws: RecommenderError.self) { try RatingSplit("last=2").divide(untimed, seed: 0) }.code == .noRatings)
        for text in ["", "folds", "folds=1", "last=0", "time=1", "time=0", "time=x", "random=2", "folds=2=3"] {
            #expect(throws: RecommenderError.self) { try RatingSplit(text) }
        }
    }

    @Test("rows written are read back as they were")
    func files() throws {
        let folder = try TemporaryFolder()
        let dataset = try Self.dataset([("zoë", "a b", 4, 7), ("b", "x", 0.5, nil), ("b", "y", 3, 8)])
        try RatingsFile.write([2, 0, 1], of: dataset, to: folder.path + "/deep/ratings.tsv")
        #expect(try folder.read("deep/ratings.tsv") == "b\ty\t3\t8\nzoë\ta b\t4\t7\nb\tx\t0.5\n")
        var read = Dataset()
        try RatingsReader.read(folder.path + "/deep/ratings.tsv", into: &read)
        #expect(read.ratings == [3, 4, 0.5] && read.time(of: 1) == 7 && read.items[1] == "a b")
    }
}
