import Foundation
import Testing

@testable import Recommenders

private let dataFolder = ProcessInfo.processInfo.environment["PACH_DATA"]

/// Agreement with scikit-surprise 1.1.5 on MovieLens 100K, which may not be shipped: `PACH_DATA` names a folder that has it.
@Suite(.enabled(if: dataFolder != nil, "PACH_DATA is not set"))
struct AccuracyTests {
    @Test("SVD scores what Surprise's does on each fold, for the same seed")
    func crossValidation() throws {
        let folder = try #require(dataFolder)
        var dataset = Dataset()
        try RatingsReader.read(folder + "/ml-100k/u.data", into: &dataset)
        let folds = try FoldsReader.read(folder + "/golden/kfold_rs0_indices.txt", rowCount: dataset.rowCount)
        let evaluation = try Evaluation(of: dataset, scale: dataset.scale())
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
