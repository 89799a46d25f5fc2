import Foundation
import TestSupport
import Testing

@testable import Recommenders

@Suite struct TuningTests {
    private static func space(_ text: String) throws -> SearchSpace {
        let folder = try TemporaryFolder()
        return try SearchSpace(contentsOf: folder.write(text, to: "space.json"))
    }

    @Test("lists give all their combinations, none twice")
    func grid() throws {
        let space = try Self.space(
            #"{"algorithm": "svd", "options": {"n_factors": [20, 50], "biased": [true, false], "reg_all": [0.02, 0.02]}, "seed": 3}"#)
        #expect(
            try space.candidates().map { "\($0.algorithm) \($0.options["n_factors"] ?? "") \($0.options["biased"] ?? "") \($0.seed)" } == [
                "svd 20 true 3", "svd 50 true 3", "svd 20 false 3", "svd 50 false 3",
            ])
    }

    @Test("draws stay in their ranges, differ, and are the same for the same seed")
    func draws() throws {
        let text = #"""
            {"algorithm": "svd", "random": 200, "seed": SEED, "options": {
                "n_epochs": {"from": 5, "to": 40, "whole": true}, "lr_all": {"from": 0.0001, "to": 0.1, "scale": "log"},
                "reg_all": {"from": 0, "to": 1}, "biased": [true, false]}}
            """#
        let first = try Self.space(text.replacingOccurrences(of: "SEED", with: "1")).candidates()
        #expect(first.count == 200 && Set(first).count == 200)
        let rates = try first.map { try #require(Double($0.options["lr_all"] ?? "")) }
        #expect(rates.allSatisfy { (0.0001...0.1).contains($0) })
        // Half of them are below the middle of the logarithms.
        #expect((70...130).contains(rates.count { $0 < 0.00316 }))
        #expect(try first.allSatisfy { (5...40).contains(try #require(Int($0.options["n_epochs"] ?? ""))) })
        #expect(try Self.space(text.replacingOccurrences(of: "SEED", with: "1")).candidates() == first)
        #expect(try Self.space(text.replacingOccurrences(of: "SEED", with: "2")).candidates() != first)
    }

    @Test(
        "a space that cannot be meant is refused",
        arguments: [
            (#"{"algorithm": "svd"}"#, "'options' is missing"),
            (#"{"algorithm": "svdd", "options": {}}"#, "There is no algorithm 'svdd'"),
            (#"{"algorithm": "svd", "options": {"n_factor": [1]}}"#, "svd has no option 'n_factor'"),
            (#"{"algorithm": "svd", "options": {"n_factors": [-1]}}"#, "-1 is out of range for n_factors"),
            (#"{"algorithm": "svd", "options": {"n_factors": []}}"#, "the list has no value"),
            (#"{"algorithm": "svd", "options": {"reg_all": {"from": 0, "to": 1}}}"#, "of which there are no combinations"),
            (#"{"algorithm": "svd", "random": 2, "options": {"reg_all": {"from": 0, "to": 1, "scale": "log"}}}"#, "from more than 0"),
            (#"{"algorithm": "svd", "random": 2, "options": {"reg_all": {"from": 2, "to": 1}}}"#, "a range goes up"),
            (#"{"algorithm": "svd", "random": 0, "options": {}}"#, "can be drawn"),
            (#"{"algorithm": "svd", "option": {}}"#, "Did you mean 'options'?"),
        ])
    func badSpace(text: String, message: String) throws {
        let error = try #require(throws: RecommenderError.self) { try Self.space(text).candidates() }
        #expect(error.message.contains(message), "\(error)")
    }

    @Test("parameters are read as they are written")
    func parameters() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            #"{"algorithm": "knn-basic", "options": {"k": 20, "sim": "cosine", "user_based": false}}"#, to: "p.json")
        let parameters = try Parameters(contentsOf: path)
        #expect(parameters == Parameters(algorithm: "knn-basic", options: ["k": "20", "sim": "cosine", "user_based": "false"]))
        try JSONFile.write(parameters, to: "\(folder.path)/q.json")
        #expect(try Parameters(contentsOf: "\(folder.path)/q.json") == parameters)
        #expect(Dictionary(uniqueKeysWithValues: try parameters.configured().settings)["k"] == "20")
    }

    @Test("reports without times are the same bytes each time, and say what was measured", arguments: ["item-knn", "knn-basic"])
    func reports(name: String) throws {
        let folder = try TemporaryFolder()
        let dataset = try Dataset.made(users: 40, items: 30)
        let parameters = Parameters(algorithm: name, options: ["k": "3"])
        let (train, test) = try RatingSplit.last(2).divide(dataset, seed: 0)[0]
        for run in ["a", "b"] {
            if let ranking = try parameters.ranking() {
                var report = try RankingEvaluation(of: dataset, train: train, test: test).run(ranking, at: 5, seed: 0).0
                report.options = parameters.options
                try JSONFile.write(report.untimed, to: "\(folder.path)/\(run).json")
            } else {
                let evaluation = Evaluation(of: dataset)
                let score = try evaluation.run(parameters.configured(), train: train, test: test).0
                var report = EvaluationReport(algorithm: name, seed: 0, folds: [score])
                report.options = parameters.options
                try JSONFile.write(report.untimed, to: "\(folder.path)/\(run).json")
            }
        }
        let text = try folder.read("a.json")
        #expect(try text == folder.read("b.json") && !text.contains("seconds"))
        let report = try MeasuredReport(contentsOf: "\(folder.path)/a.json")
        #expect(report.parameters == parameters)
        #expect(report.measures.keys.contains(name == "item-knn" ? .ndcg : .rmse))
    }
}
