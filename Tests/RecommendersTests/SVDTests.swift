import Testing

@testable import Recommenders

@Suite struct SVDTests {
    /// One rating and one factor, all factors 1 at first, so that a step can be followed by hand.
    private var oneStep: SVD {
        var svd = SVD()
        svd.factors = 1
        svd.epochs = 1
        svd.learningRate = 0.1
        svd.regularization = 0.5
        svd.initialMean = 1
        svd.initialDeviation = 0
        return svd
    }

    @Test("takes the step that the equations say")
    func step() throws {
        // μ = 5, so the error is 5 - (5 + 0 + 0 + 1·1) = -1. Both biases become 0.1·(-1) = -0.1,
        // both factors 1 + 0.1·(-1·1 - 0.5·1) = 0.85.
        let fitted = try oneStep.fit(Trainset(Dataset([("a", "x", 5)])))
        #expect(abs(fitted.userBiases[0] + 0.1) < 1e-6)
        #expect(abs(fitted.itemBiases[0] + 0.1) < 1e-6)
        #expect(fitted.userFactors.map { ($0 * 1e5).rounded() / 1e5 } == [0.85] + [Float](repeating: 0, count: 15))
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
        svd.learningRate = 0.02
        let dataset = try Dataset.made(users: 30, items: 20)
        let rows = Array(0..<dataset.rowCount)
        let (score, _) = try Evaluation(of: dataset, scale: dataset.scale()).run(
            svd, train: rows.filter { $0 % 5 != 0 }, test: rows.filter { $0 % 5 == 0 })
        // The ratings' own deviation, which the mean alone would score, is 1.15.
        #expect(score.rmse < 1.15 / 2)
    }

    @Test("all instruction sets give the same bits", arguments: [1, 16, 17, 33, 100])
    func instructionSets(factors: Int) throws {
        var svd = SVD(seed: 3)
        svd.factors = factors
        let trainset = try Trainset(Dataset.made(users: 20, items: 15))
        let fitted = try Kernels.available.map { kernels in try svd.fit(trainset, with: kernels) }
        for (kernels, other) in zip(Kernels.available, fitted) {
            #expect(other.userFactors == fitted[0].userFactors, "\(kernels.name)")
            #expect(other.itemFactors == fitted[0].itemFactors, "\(kernels.name)")
            #expect(other.userBiases == fitted[0].userBiases, "\(kernels.name)")
            let dots = Kernels.available.map { $0.dot(other.userFactors.span, other.userFactors.span) }
            #expect(dots.allSatisfy { $0 == dots[0] })
        }
    }

    @Test("a learning rate that is too large is an error, not a model of NaN")
    func divergence() throws {
        var svd = SVD()
        svd.learningRate = 1
        svd.initialMean = 100
        let error = try #require(throws: RecommenderError.self) { try svd.fit(Trainset(Dataset.made(users: 9, items: 9))) }
        #expect(error.code == .diverged)
    }

    @Test("options are Surprise's")
    func options() throws {
        var svd = SVD()
        for (option, value) in [
            ("n_factors", "20"), ("n_epochs", "0"), ("lr_all", "0.01"), ("reg_all", "1e-3"), ("init_mean", "-0.5"), ("init_std_dev", "0.2"),
            ("biased", "False"), ("random_state", "18446744073709551615"),
        ] { try svd.set(option, to: value) }
        var expected = SVD(seed: .max)
        expected.factors = 20
        expected.epochs = 0
        expected.learningRate = 0.01
        expected.regularization = 0.001
        expected.initialMean = -0.5
        expected.initialDeviation = 0.2
        expected.biased = false
        #expect(svd == expected)
    }

    @Test(
        "refuses options that it does not have, or that are out of range",
        arguments: [
            ("n_factor", "1", "svd has no option 'n_factor'"), ("n_factors", "0", "0 is out of range for n_factors"),
            ("n_factors", "1.5", "'1.5' is not a value for n_factors"), ("n_epochs", "-1", "-1 is out of range for n_epochs"),
            ("lr_all", "nan", "'nan' is not a value for lr_all"), ("lr_all", "2", "2.0 is out of range for lr_all"),
            ("biased", "yes", "'yes' is not a value for biased"),
        ])
    func badOptions(option: String, value: String, message: String) throws {
        var svd = SVD()
        let error = try #require(throws: RecommenderError.self) { try svd.set(option, to: value) }
        #expect(error.code == .invalidOption)
        #expect(error.message == message)
        #expect(error.hint != nil)
    }

    @Test("algorithms are found by name")
    func names() throws {
        for name in Algorithms.names { #expect(type(of: try Algorithms.named(name)).name == name) }
        #expect(throws: RecommenderError.self) { try Algorithms.named("SVD") }
    }
}
