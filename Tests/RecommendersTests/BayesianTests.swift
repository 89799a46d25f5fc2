import Foundation
import class TestSupport.TemporaryFolder
import Testing

@testable import Recommenders

@Suite struct BayesianTests {
    private func fit(_ dataset: Dataset, epochs: Int = 200, factors: Int = 3) throws -> (Trainset, BayesianEstimator) {
        var algorithm = BayesianFactorisation()
        algorithm.epochs = epochs
        algorithm.factors = factors
        let trainset = try Trainset(dataset)
        return (trainset, try algorithm.fit(trainset))
    }

    @Test("a user without other ratings is expected to be as others with the same features are")
    func features() throws {
        var dataset = Dataset()
        // Writers like everything, miners nothing; the last user of each kind rated one item only.
        for user in 0..<20 {
            let rating = user % 2 == 0 ? 5.0 : 1
            for item in 0..<(user < 18 ? 12 : 1) {
                try dataset.append(user: "u\(user)", item: "i\((item + user) % 12)", rating: rating + Double(item % 3) * 0.1)
            }
            let number = try #require(dataset.users.number(of: "u\(user)"))
            try dataset.insert(feature: (user % 2 == 0 ? "writer" : "miner").utf8.span, of: .users, for: number)
        }
        let (trainset, estimator) = try fit(dataset)
        #expect(trainset.userFeatures.allSatisfy { $0.count == 1 })
        #expect(try #require(estimator.estimate(user: 18, item: 3)) > 4)
        #expect(try #require(estimator.estimate(user: 19, item: 3)) < 2)
    }

    @Test("ratings of one day may be better than those of another; a day without ratings is an average one")
    func days() throws {
        var dataset = Dataset()
        for user in 0..<15 {
            for item in 0..<10 {
                let isSunday = (user + item) % 2 == 0
                try dataset.append(
                    user: "\(user)", item: "\(item)", rating: isSunday ? 5 : 2, time: isSunday ? 259_200 + Int64(user) : Int64(item))
            }
        }
        let (_, estimator) = try fit(dataset)
        #expect(Array(estimator.days) == [0, 3])
        let (sunday, thursday) = (
            try #require(estimator.estimate(user: 1, item: 1, time: 300_000)), try #require(estimator.estimate(user: 1, item: 1, time: 0))
        )
        #expect(sunday > 4.2 && thursday < 2.8)
        let unknown = try #require(estimator.estimate(user: 1, item: 1, time: .min))
        #expect(unknown > thursday && unknown < sunday)
        #expect(estimator.estimate(user: 1, item: 1) == unknown)
    }

    @Test(
        "days begin at midnight of UTC, before 1970 too",
        arguments: [(0, 0), (86_399, 0), (86_400, 1), (-1, -1), (-86_400, -1), (-86_401, -2)])
    func midnight(time: Int64, day: Int64) {
        #expect(BayesianEstimator.day(time) == day)
    }

    @Test("gamma draws have the mean and variance that they must have", arguments: [1.0, 2.5, 100])
    func gamma(shape: Double) {
        var random = SplitMix(seed: 4)
        var gamma = GammaDistribution()
        let draws = (0..<20_000).map { _ in gamma.next(shape: shape, rate: 2, using: &random) }
        let mean = draws.reduce(0, +) / 20_000
        let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        // Five standard errors of the mean; the variance's are wider for small shapes.
        #expect(abs(mean - shape / 2) < 5 * (shape / 4 / 20_000).squareRoot())
        #expect(abs(variance / (shape / 4) - 1) < 0.15)
    }

    @Test("features are read line by line, and may belong to who has no rating")
    func reader() throws {
        let folder = try TemporaryFolder()
        var dataset = try Dataset([("a", "x", 1)])
        let path = try folder.write("a\tage=3\tjob=big miner\n\nb\tage=3\n c \na\tage=3\t\tzip=1\r\n", to: "features")
        try FeaturesReader.read(path, of: .users, into: &dataset)
        #expect((0..<3).map { dataset.users[$0] } == ["a", "b", " c "])
        let names = (0..<3).map { user in dataset.userFeatures.list(of: user).map { dataset.userFeatures.features[Int($0)] } }
        #expect(names == [["age=3", "job=big miner", "zip=1"], ["age=3"], []])
        let bad = try folder.write("a\tx\n\ty\n", to: "bad")
        let error = try #require(throws: RecommenderError.self) { try FeaturesReader.read(bad, of: .items, into: &dataset) }
        #expect(error.message == "\(bad):2: the line begins with a tab")
    }
}
