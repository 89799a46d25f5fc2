import Foundation
import class TestSupport.TemporaryFolder
import Testing

@testable import Recommenders

@Suite struct ReportTests {
    private typealias Prediction = Evaluation.Prediction

    /// a has three test ratings in two folds, b two, c one; a and c are writers.
    private static func dataset() throws -> Dataset {
        var dataset = try Dataset([("a", "x", 5), ("a", "y", 3), ("b", "x", 2), ("b", "y", 4), ("a", "z", 1), ("c", "x", 3)])
        let folder = try TemporaryFolder()
        try FeaturesReader.read(folder.write("a\tjob=writer\nc\tage=3\tjob=writer\n", to: "users"), of: .users, into: &dataset)
        return dataset
    }

    @Test("a pair is concordant when the estimates have the order of the ratings; equal estimates have not")
    func concordance() throws {
        let dataset = try Dataset([("a", "1", 1), ("a", "2", 2), ("a", "3", 3), ("a", "4", 3), ("b", "1", 4)])
        let estimates = [2.0, 1, 2, 5, 1]
        let predictions = estimates.enumerated().map { Prediction(row: $0.offset, estimate: $0.element) }
        // Of a's pairs that differ: 1-2 no, 1-3 no (equal), 1-4 yes, 2-3 yes, 2-4 yes. b has no pair.
        #expect(FoldScore(predictions, of: dataset, trainRatings: 1, fitSeconds: 0, testSeconds: 0).fcp == 0.6)
        #expect(FoldScore([predictions[4]], of: dataset, trainRatings: 1, fitSeconds: 0, testSeconds: 0).fcp == nil)
    }

    @Test("intervals hold the number, populations are measured on their own, and all are the same for the same seed")
    func detail() throws {
        let dataset = try Self.dataset()
        let folds = [
            [Prediction(row: 0, estimate: 4), Prediction(row: 1, estimate: 3), Prediction(row: 2, estimate: 4)],
            [Prediction(row: 3, estimate: 4), Prediction(row: 4, estimate: 3), Prediction(row: 5, estimate: 3)],
        ]
        let scores = folds.map { FoldScore($0, of: dataset, trainRatings: 1, fitSeconds: 0, testSeconds: 0) }
        var report = EvaluationReport(algorithm: "none", seed: 7, folds: scores)
        var other = report
        report.detail(folds, trainRows: [[3, 4, 5], [0, 1, 2]], of: dataset, by: [.activity, .feature("job")])
        other.detail(
            folds, trainRows: [[3, 4, 5], [0, 1, 2]], of: dataset, by: [.activity, .feature("job")],
            on: Machine(threads: 3, kernels: .widest))
        #expect(report == other)
        let intervals = try #require(report.intervals)
        #expect(intervals.rmse.low <= report.rmse && report.rmse <= intervals.rmse.high && intervals.rmse.low < intervals.rmse.high)
        #expect(report.populations.map { "\($0.key) \($0.value)" } == ["activity 0", "activity 1-9", "job writer", "job unknown"])
        // c is tested where nothing of c was trained on.
        #expect(report.populations[0].measures.users == 1 && report.populations[0].measures.rmse == 0)
        let writers = report.populations[2].measures
        #expect(writers.users == 2 && writers.ratings == 4)
        // Fold 1: errors 1 and 0 of a; fold 2: 2 of a, 0 of c.
        #expect(abs(writers.rmse - (0.5.squareRoot() + 2.0.squareRoot()) / 2) < 1e-12)
        #expect(writers.mae == 0.75 && writers.fcp == 1)
    }

    @Test("an interval of 95 % holds the true mean about as often")
    func coverage() {
        let seed = UInt64(ProcessInfo.processInfo.environment["SEED"] ?? "") ?? 1
        var random = SplitMix(seed: seed)
        var held = 0
        for round in 0..<100 {
            let numbers = (0..<40).map { _ in random.nextUnit() }
            let intervals = Interval.resampling(userCount: 40, numberCount: 1, seed: UInt64(round), on: .whole) { users in
                [users.reduce(0) { $0 + numbers[$1] } / 40]
            }
            if let interval = intervals[0], interval.low <= 0.5, interval.high >= 0.5 { held += 1 }
        }
        #expect((85...100).contains(held), "SEED=\(seed)")
    }

    @Test("ranking measures populations too")
    func ranking() throws {
        var dataset = try Dataset([("a", "x", 1), ("b", "y", 1), ("c", "x", 1), ("c", "y", 1), ("a", "y", 1), ("b", "x", 1), ("c", "z", 1)])
        let folder = try TemporaryFolder()
        try FeaturesReader.read(folder.write("a\tsex=f\nb\tsex=m\nc\tsex=f\n", to: "users"), of: .users, into: &dataset)
        let report = try RankingEvaluation(of: dataset, train: 0..<4, test: 4..<7, by: [.feature("sex"), .activity])
            .run(Popularity(), at: 1, seed: 0).report
        #expect(report.populations.map { "\($0.key) \($0.value) \($0.measures.users)" } == ["sex f 2", "sex m 1", "activity 1-9 3"])
        #expect(report.populations[0].measures.hitRate.mean == 0.5 && report.populations[1].measures.hitRate.mean == 1)
    }
}
