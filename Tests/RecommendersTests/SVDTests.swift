import Testing

@testable import Recommenders

@Suite struct SVDTests {
    /// One rating and one factor, all factors 1 at first, so that a step can be followed by hand.
    private var oneStep: SVD {
        var svd = SVD()
        svd.factors = 1
        svd.epochs = 1
        svd.learningRates.all = 0.1
        svd.regularizations.all = 0.5
        svd.start.mean = 1
        svd.start.deviation = 0
        return svd
    }

    @Test("takes the step that the equations say")
    func step() throws {
        // μ = 5, so the error is 5 - (5 + 0 + 0 + 1·1) = -1. Both biases become 0.1·(-1) = -0.1,
        // both factors 1 + 0.1·(-1·1 - 0.5·1) = 0.85.
        let fitted = try oneStep.fit(Trainset(Dataset([("a", "x", 5)])))
        #expect(abs(fitted.userBiases[0] + 0.1) < 1e-6)
        #expect(abs(fitted.itemBiases[0] + 0.1) < 1e-6)
        #expect(Array(fitted.userFactors).map { ($0 * 1e5).rounded() / 1e5 } == [0.85] + [Float](repeating: 0, count: 15))
        #expect(abs((fitted.estimate(user: 0, item: 0) ?? 0) - (5 - 0.1 - 0.1 + 0.7225)) < 1e-6)
    }

    @Test("goes on from the first rating's step to the second's")
    func twoSteps() throws {
        // μ = 4. x: error 5 - (4 + 1) = 0, so biases stay 0 and factors become 0.95, less than 1 by regularisation alone.
        // y: error 3 - (4 + 0 + 0 + 0.95·1) = -1.95; b_a = -0.195, b_y = -0.195, p_a = 0.95·0.95 - 0.195·1 = 0.7075.
        let fitted = try oneStep.fit(Trainset(Dataset([("a", "x", 5), ("a", "y", 3)])))
        #expect(abs(fitted.userBiases[0] + 0.195) < 1e-6)
        #expect(abs(fitted.itemBiases[0]) < 1e-6)
        #expect(abs(fitted.itemBiases[1] + 0.195) < 1e-6)
        #expect(abs(fitted.userFactors[0] - 0.7075) < 1e-6)
    }

    @Test("drops the terms of a user or an item that it does not know")
    func unknown() throws {
        let fitted = try oneStep.fit(Trainset(Dataset([("a", "x", 5)])))
        #expect(abs((fitted.estimate(user: 0, item: nil) ?? 0) - 4.9) < 1e-6)
        #expect(abs((fitted.estimate(user: nil, item: 0) ?? 0) - 4.9) < 1e-6)
        #expect(fitted.estimate(user: nil, item: nil) == 5)
    }

    @Test("without biases the estimate is the product alone, and nothing where one side is unknown")
    func unbiased() throws {
        var svd = oneStep
        svd.biased = false
        // The error is 5 - 1 = 4; both factors become 1 + 0.1·(4·1 - 0.5·1) = 1.35.
        let fitted = try svd.fit(Trainset(Dataset([("a", "x", 5)])))
        #expect(abs((fitted.estimate(user: 0, item: 0) ?? 0) - 1.35 * 1.35) < 1e-5)
        #expect(fitted.estimate(user: 0, item: nil) == nil)
        let model = try RatingModel(training: svd, on: Dataset([("a", "x", 5)]), scale: RatingScale(lower: 0, upper: 9))
        #expect(model.estimate(user: "a", item: "?") == 5)
    }

    @Test("estimates stay on the scale")
    func clipping() throws {
        let dataset = try Dataset([("a", "x", 5), ("b", "x", 1)])
        let model = try RatingModel(training: SVD(), on: dataset, scale: RatingScale("2.5,3"))
        for user in ["a", "b", "?"] {
            for item in ["x", "?"] { #expect((2.5...3).contains(model.estimate(user: user, item: item))) }
        }
        let free = try RatingModel(training: SVD(), on: dataset)
        #expect(free.scale == (try RatingScale(lower: 1, upper: 5)))
    }

    @Test("learns what there is to learn")
    func learning() throws {
        var svd = SVD()
        svd.epochs = 100
        svd.learningRates.all = 0.02
        let dataset = try Dataset.made(users: 30, items: 20)
        let rows = Array(0..<dataset.rowCount)
        let (score, _) = try Evaluation(of: dataset).run(
            svd, train: rows.filter { $0 % 5 != 0 }, test: rows.filter { $0 % 5 == 0 })
        // The ratings' own deviation, which the mean alone would score, is 1.15.
        #expect(score.rmse < 1.15 / 2)
    }

    @Test("each kind of parameter has a step size and a penalty of its own")
    func rates() throws {
        var svd = oneStep
        for (option, value) in [("lr_bu", "0.2"), ("reg_pu", "0"), ("lr_qi", "0"), ("reg_bi", "1")] { try svd.set(option, to: value) }
        // The error is -1, as above: b_u = 0.2·(-1), b_i = 0.1·(-1), p = 1 + 0.1·(-1·1), q stays.
        let fitted = try svd.fit(Trainset(Dataset([("a", "x", 5)])))
        #expect(abs(fitted.userBiases[0] + 0.2) < 1e-6)
        #expect(abs(fitted.itemBiases[0] + 0.1) < 1e-6)
        #expect(abs(fitted.userFactors[0] - 0.9) < 1e-6)
        #expect(fitted.itemFactors[0] == 1)
    }

    @Test("a learning rate that is too large is an error, not a model of NaN")
    func divergence() throws {
        var svd = SVD()
        svd.learningRates.all = 1
        svd.start.mean = 100
        let error = try #require(throws: RecommenderError.self) { try svd.fit(Trainset(Dataset.made(users: 9, items: 9))) }
        #expect(error.code == .diverged)
    }
}
