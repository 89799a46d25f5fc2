import TestSupport
import Testing

@testable import Recommenders

/// What holds for every algorithm.
@Suite struct AlgorithmTests {
    /// Each algorithm, the neighbourhood ones with each measure and side.
    static let variants: [(name: String, options: [(String, String)])] =
        Algorithms.names.map { ($0, $0 == BayesianFactorisation.name ? [("n_epochs", "30"), ("n_factors", "3")] : []) }
        + ["cosine", "pearson", "pearson_baseline"].flatMap { measure in
            ["true", "false"].map { ("knn-baseline", [("sim", measure), ("user_based", $0)]) }
        } + [
            ("knn-baseline", [("user_based", "false")]), ("baseline-only", [("method", "sgd")]),
            ("nmf", [("biased", "true"), ("n_factors", "40")]), ("svd", [("n_factors", "200")]),
        ]

    private func make(_ variant: (name: String, options: [(String, String)])) throws -> any Algorithm {
        var algorithm = try Algorithms.named(variant.name, seed: 3)
        for (option, value) in variant.options { try algorithm.set(option, to: value) }
        return algorithm
    }

    @Test("the same seed gives the same bytes at any number of threads, and the same numbers with any instruction set", arguments: variants)
    func machines(_ variant: (name: String, options: [(String, String)])) throws {
        // Large enough for several chunks of work, and segments of descent.
        let dataset = try Dataset.made(users: 50, items: 80)
        let algorithm = try make(variant)
        var learnt: Set<[[UInt8]]> = []
        for isa in Machine.instructionSets {
            var files: Set<[UInt8]> = []
            for threads in 1...3 {
                let model = try RatingModel(
                    training: algorithm, on: dataset, machine: Machine(threads: threads, instructionSet: isa))
                files.insert(try model.encoded())
                learnt.insert(model.sections.filter { $0.name != "settings" }.map { Array($0.content) })
            }
            #expect(files.count == 1, "\(isa)")
            for file in files { #expect(try RatingModel(decoding: Column(copying: file)).instructionSet == isa) }
        }
        #expect(learnt.count == 1)
    }

    @Test("learns more than the mean of all ratings", arguments: variants.filter { $0.name != "normal-predictor" })
    func learning(_ variant: (name: String, options: [(String, String)])) throws {
        let dataset = try Dataset.made(users: 30, items: 20)
        let rows = Array(0..<dataset.rowCount)
        let (score, predictions) = try Evaluation(of: dataset).run(
            make(variant), train: rows.filter { $0 % 5 != 0 }, test: rows.filter { $0 % 5 == 0 })
        // The ratings' own deviation, which the mean alone would score, is 1.15.
        #expect(score.rmse < 1.1, "\(score.rmse)")
        #expect(predictions.allSatisfy { (1...5).contains($0.estimate) })
    }
}

extension RatingModel {
    /// The bytes of the model's file.
    func encoded() throws -> [UInt8] {
        let folder = try TemporaryFolder()
        try write(to: folder.path + "/model")
        return Array(try MappedFile.bytes(of: folder.path + "/model"))
    }
}
