import Foundation
import Testing

@testable import Recommenders

/// Folding in, and going on from a model.
@Suite struct NewcomerTests {
    private static func algorithm(_ name: String) throws -> any Algorithm {
        var algorithm = try Algorithms.named(name, seed: 1)
        for (option, value) in [("n_factors", "4"), ("n_epochs", "40"), ("n_burn", "10"), ("use_implicit", "false")]
        where algorithm.settings.contains(where: { $0.name == option }) {
            try algorithm.set(option, to: value)
        }
        return algorithm
    }

    /// A world of tastes, without some users and items, and what those rated.
    private static func worlds() throws -> (known: Dataset, newcomers: Dataset, all: Dataset) {
        let all = try Dataset.made(users: 60, items: 40)
        var (known, newcomers) = (Dataset(), Dataset())
        for row in 0..<all.rowCount {
            let (user, item) = (all.users[Int(all.userOfRow[row])], all.items[Int(all.itemOfRow[row])])
            let isNew = user.hasSuffix("9") || item.hasSuffix("7")
            if isNew {
                try newcomers.append(user: user, item: item, rating: all.ratings[row])
            } else {
                try known.append(user: user, item: item, rating: all.ratings[row])
            }
        }
        return (known, newcomers, all)
    }

    private static func rmse(_ model: RatingModel, _ dataset: Dataset) throws -> Double {
        try Evaluation.run(model, on: dataset, test: 0..<dataset.rowCount).0.rmse
    }

    @Test(
        "who came later is estimated nearly as well as who was trained on, and nothing changes for those",
        arguments: ["svd", "svdpp", "bayesian"])
    func folding(name: String) throws {
        let (known, newcomers, all) = try Self.worlds()
        let model = try RatingModel(training: Self.algorithm(name), on: known)
        let (folded, counts) = try model.foldingIn(newcomers)
        #expect(counts == .init(users: 6, items: 4) && folded.userCount == 60 && folded.itemCount == 40)
        for row in 0..<known.rowCount {
            let (user, item) = (known.users[Int(known.userOfRow[row])], known.items[Int(known.itemOfRow[row])])
            #expect(folded.estimate(user: user, item: item) == model.estimate(user: user, item: item))
        }
        let (before, after) = (try Self.rmse(model, newcomers), try Self.rmse(folded, newcomers))
        let trained = try Self.rmse(try RatingModel(training: Self.algorithm(name), on: all), newcomers)
        #expect(after < before / 2 && after < trained + 0.15, "\(name): \(before) before, \(after) after, \(trained) trained")
        // The same bytes, whatever the threads; and the file is read back.
        #expect(try model.foldingIn(newcomers, machine: Machine(threads: 3, kernels: .widest)).model.encoded() == folded.encoded())
        #expect(
            try RatingModel(decoding: Column(copying: folded.encoded())).estimate(user: "u9", item: "i7")
                == folded.estimate(user: "u9", item: "i7"))
    }

    @Test("nobody new changes nothing; an algorithm that takes in nobody says so")
    func nobody() throws {
        let (known, newcomers, _) = try Self.worlds()
        let model = try RatingModel(training: Self.algorithm("svd"), on: known)
        #expect(try model.foldingIn(known).model.encoded() == model.encoded())
        let error = try #require(throws: RecommenderError.self) {
            try RatingModel(training: SlopeOne(), on: known).foldingIn(newcomers)
        }
        #expect(error.code == .invalidOption && error.hint?.contains("bayesian, svd, svdpp") == true)
    }

    @Test("penalised least squares are solved exactly, also with fewer rows than places")
    func leastSquares() {
        // One row (1, 1), target 3, penalties 1 and 2, expected 0: by hand w = (6/5, 3/5).
        let solution = penalizedLeastSquares([[1, 1]], [3], penalties: [1, 2], expected: [0, 0])
        #expect(abs(solution[0] - 1.2) < 1e-12 && abs(solution[1] - 0.6) < 1e-12)
        #expect(penalizedLeastSquares([], [], penalties: [1], expected: [7]) == [7])
    }

    @Test("training that goes on from a model is where that was, and gets further", arguments: ["svd", "nmf"])
    func warmStart(name: String) throws {
        let (known, _, all) = try Self.worlds()
        var algorithm = try Self.algorithm(name)
        let previous = try RatingModel(training: algorithm, on: known)
        try algorithm.set("n_epochs", to: "0")
        let same = try RatingModel(training: algorithm, on: all, from: previous)
        // The mean of all ratings moves with them.
        let shift = name == "svd" ? same.mean - previous.mean : 0
        #expect(abs(same.estimate(user: "u1", item: "i2") - previous.estimate(user: "u1", item: "i2") - shift) < 1e-6)
        try algorithm.set("n_epochs", to: "3")
        let (warm, cold) = (try RatingModel(training: algorithm, on: all, from: previous), try RatingModel(training: algorithm, on: all))
        #expect(try Self.rmse(warm, all) < Self.rmse(cold, all))
        #expect(try warm.encoded() == RatingModel(training: algorithm, on: all, from: previous).encoded())
    }

    @Test("a model that is no start is refused, and named")
    func noStart() throws {
        let (known, _, _) = try Self.worlds()
        let previous = try RatingModel(training: Self.algorithm("svd"), on: known)
        for (name, message) in [
            ("svd", "The model to start from has n_factors=4 and biased=true, and n_factors=100 and biased=true are asked for"),
            ("nmf", "nmf cannot start from a model of svd"), ("slope-one", "slope-one cannot start from a model"),
        ] {
            let error = try #require(throws: RecommenderError.self) {
                try RatingModel(training: Algorithms.named(name), on: known, from: previous)
            }
            #expect(error.code == .invalidOption && error.message == message && error.hint != nil)
        }
    }
}
