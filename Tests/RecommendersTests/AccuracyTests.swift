import Foundation
import TestSupport
import Testing

@testable import Recommenders

private let dataFolder = ProcessInfo.processInfo.environment["PACH_DATA"]

/// Agreement with scikit-surprise 1.1.5 on MovieLens 100K, which may not be shipped: `PACH_DATA` names a folder that has it.
@Suite(.enabled(if: dataFolder != nil, "PACH_DATA is not set"))
struct AccuracyTests {
    /// Deterministic algorithms, as columns of the golden file.
    private static let columns: [(column: String, name: String, options: [(String, String)])] = [
        ("baseline_als", "baseline-only", []), ("baseline_sgd", "baseline-only", [("method", "sgd")]),
        ("knnbasic_msd_user", "knn-basic", []),
        ("knnbasic_cosine_item", "knn-basic", [("sim", "cosine"), ("user_based", "false")]), ("knnmeans_msd_user", "knn-with-means", []),
        ("knnmeans_pearson_user", "knn-with-means", [("sim", "pearson")]), ("knnzscore_msd_user", "knn-with-zscore", []),
        ("knnbaseline_msd_user", "knn-baseline", []),
        ("knnbaseline_pb_item", "knn-baseline", [("sim", "pearson_baseline"), ("user_based", "false")]), ("slopeone", "slope-one", []),
    ]

    /// The columns of a file made of `golden/u1_predictions_first4000.csv.gz`, by name.
    private static func golden(_ folder: String) throws -> [String: [Double]] {
        let text = try runProgram(["gunzip", "-c", folder + "/golden/u1_predictions_first4000.csv.gz"]).successful().text
        let rows = text.split(separator: "\n").map { $0.split(separator: ",") }
        var columns: [String: [Double]] = [:]
        for (position, name) in rows[0].enumerated() { columns[String(name)] = rows.dropFirst().compactMap { Double($0[position]) } }
        return columns
    }

    @Test("deterministic algorithms estimate what Surprise's do")
    func predictions() throws {
        let folder = try #require(dataFolder)
        var dataset = Dataset()
        try RatingsReader.read(folder + "/ml-100k/u1.base", into: &dataset)
        let trained = dataset.rowCount
        try RatingsReader.read(folder + "/ml-100k/u1.test", into: &dataset)
        let golden = try Self.golden(folder)
        let evaluation = Evaluation(of: dataset, scale: try RatingScale(lower: 1, upper: 5))
        for (column, name, options) in Self.columns {
            var algorithm = try Algorithms.named(name)
            for (option, value) in options { try algorithm.set(option, to: value) }
            let (_, predictions) = try evaluation.run(algorithm, train: 0..<trained, test: trained..<trained + 4000)
            let expected = try #require(golden[column])
            #expect(expected.count == 4000)
            let worst = zip(predictions, expected).map { abs($0.estimate - $1) }.max() ?? 1
            #expect(worst < 1e-6, "\(column) is off by \(worst)")
        }
    }

    @Test("SVD scores what Surprise's does on each fold, for the same seed")
    func crossValidation() throws {
        let folder = try #require(dataFolder)
        var dataset = Dataset()
        try RatingsReader.read(folder + "/ml-100k/u.data", into: &dataset)
        let folds = try FoldsReader.read(folder + "/golden/kfold_rs0_indices.txt", rowCount: dataset.rowCount)
        let evaluation = Evaluation(of: dataset)
        let scores = try folds.testRows.indices.map { fold in
            try evaluation.run(SVD(), train: folds.trainRows(for: fold), test: folds.testRows[fold]).0
        }
        let report = EvaluationReport(algorithm: SVD.name, seed: 0, folds: scores)
        #expect(abs(report.rmse - 0.934) < 0.003)
        #expect(abs(report.mae - 0.737) < 0.003)

        struct Golden: Decodable {
            var rmse: [Double]
            var mae: [Double]
        }
        let golden = try JSONDecoder().decode(
            [String: Golden].self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/golden/surprise_kfold.json")))
        // Single precision instead of double is worth some 2·10⁻⁶ here.
        let expected = try #require(golden["SVD"])
        for (fold, score) in scores.enumerated() {
            #expect(abs(score.rmse - expected.rmse[fold]) < 2e-5)
            #expect(abs(score.mae - expected.mae[fold]) < 2e-5)
        }
    }
}
