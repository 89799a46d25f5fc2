import TestSupport
import Testing

import Recommenders

@Suite struct ExampleAlgorithmTests {
    private static func dataset() throws -> Dataset {
        var dataset = Dataset()
        for (user, item, rating) in [("a", "x", 1.0), ("a", "y", 2), ("b", "x", 5), ("a", "z", 1), ("?", "x", 3)] {
            try dataset.append(user: user, item: item, rating: rating)
        }
        return dataset
    }

    @Test("an algorithm from outside of the library is measured like any other")
    func evaluation() throws {
        var algorithm = UserMean()
        try algorithm.set("shrinkage", to: "1")
        let dataset = try Self.dataset()
        let (score, predictions) = try Evaluation(of: dataset).run(algorithm, train: 0..<3, test: 3..<5)
        let mean = 8.0 / 3
        #expect(predictions.map(\.estimate) == [(3 + mean) / 3, mean])
        #expect(score.trainRatings == 3 && score.testRatings == 2)
        #expect(throws: RecommenderError.self) { try algorithm.set("shrinkage", to: "-1") }
    }

    @Test("registered by its name, it is found by that, and its models are read from files")
    func registration() throws {
        try Algorithms.register(UserMean.self)
        // Once more is no harm.
        try Algorithms.register(UserMean.self)
        let folder = try TemporaryFolder()
        let model = try RatingModel(training: try Algorithms.named("user-mean"), on: try Self.dataset())
        try model.write(to: folder.path + "/model")
        let read = try RatingModel(contentsOf: folder.path + "/model")
        #expect(read.algorithm is UserMean)
        for user in ["a", "b", "?", "nobody"] { #expect(read.estimate(user: user, item: "x") == model.estimate(user: user, item: "x")) }
    }

    /// An algorithm that has the name of another.
    private enum Impostor {
        struct SVD: Algorithm {
            static let name = "svd"
            static let options: [AlgorithmOption<SVD>] = []
            func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> UserMean.Means { .init(users: []) }
        }

        struct Spaced: Algorithm {
            static let name = "two words"
            static let options: [AlgorithmOption<Spaced>] = []
            func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> UserMean.Means { .init(users: []) }
        }
    }

    @Test("a name that is taken, or cannot stand in a model file, is refused")
    func names() throws {
        #expect(throws: RecommenderError.self) { try Algorithms.register(Impostor.SVD.self) }
        #expect(throws: RecommenderError.self) { try Algorithms.register(Impostor.Spaced.self) }
    }
}
