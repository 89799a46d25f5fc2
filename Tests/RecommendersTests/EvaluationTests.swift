import Foundation
import TestSupport
import Testing

@testable import Recommenders

@Suite struct EvaluationTests {
    /// Estimates the same for all it knows, and nothing else.
    private struct Constant: Algorithm, Estimator {
        static let name = "constant"
        static let options: [AlgorithmOption<Constant>] = []
        var value = 4.0

        func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> Constant { self }
        func write(to sections: inout SectionWriter) {}
        func estimate(user: Int?, item: Int?) -> Double? { user == nil || item == nil ? nil : value }

        init() {}
        init(value: Double) { self.value = value }
        init(from sections: SectionReader) throws(RecommenderError) {}
    }

    @Test("measures errors, with the mean where nothing can be said, on the scale")
    func metrics() throws {
        // Trained on a x 1, a y 3: mean 2. Tested on a x 5 (4 for an error of 1), and b x 1 (2 for an error of 1), a x 1 (3 off).
        let dataset = try Dataset([("a", "x", 1), ("a", "y", 3), ("a", "x", 5), ("b", "x", 1), ("a", "x", 1)])
        let evaluation = Evaluation(of: dataset, scale: try RatingScale(lower: 1, upper: 5))
        let (score, predictions) = try evaluation.run(Constant(), train: [0, 1], test: [2, 3, 4])
        #expect(predictions.map(\.estimate) == [4, 2, 4])
        #expect(score.rmse == (11.0 / 3).squareRoot())
        #expect(score.mae == 5.0 / 3)
        #expect(score.trainRatings == 2 && score.testRatings == 3)
        #expect((score.fitSeconds ?? -1) >= 0 && (score.testSeconds ?? -1) >= 0)
        #expect(try evaluation.run(Constant(value: 9), train: [0], test: [2]).1[0].estimate == 5)
    }

    @Test("needs something to train on and something to test on")
    func empty() throws {
        let dataset = try Dataset([("a", "x", 1)])
        let evaluation = Evaluation(of: dataset)
        for (train, test) in [([], [0]), ([0], [])] as [([Int], [Int])] {
            let error = try #require(throws: RecommenderError.self) { try evaluation.run(Constant(), train: train, test: test) }
            #expect(error.code == .noRatings)
        }
    }

    @Test("a report takes the mean over folds")
    func report() {
        let folds = [1.0, 2.0].map {
            FoldScore(rmse: $0, mae: $0 / 2, trainRatings: 1, testRatings: 1, fitSeconds: $0, testSeconds: $0 * 2)
        }
        let report = EvaluationReport(algorithm: "constant", seed: 0, folds: folds)
        #expect(report.rmse == 1.5 && report.mae == 0.75)
        #expect(report.fitSeconds == 3 && report.testSeconds == 6)
    }

    @Test("predictions are written as CSV, quoted where they must be")
    func predictions() throws {
        let dataset = try Dataset([("a", "x", 1), ("say \"a, b\"", "y", 3.5), ("a,\u{301}b", "\"\u{301}", 2)])
        let folder = try TemporaryFolder()
        try PredictionsFile.write(
            [.init(row: 1, estimate: 3.25), .init(row: 0, estimate: 1.5), .init(row: 2, estimate: 1)], of: dataset,
            to: folder.path + "/predictions.csv")
        #expect(
            try folder.read("predictions.csv") == """
                user,item,rating,estimate
                "say ""a, b""\",y,3.5,3.25
                a,x,1.0,1.5
                "a,\u{301}b",""\"\u{301}",2.0,1.0

                """)
    }
}
