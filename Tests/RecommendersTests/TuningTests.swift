import Foundation
import Testing

@testable import Recommenders

@Suite struct TuningTests {
    private static func space(_ text: String) throws -> SearchSpace {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        return try SearchSpace(contentsOf: folder.write("space.json", text))
    }

    @Test("lists give all their combinations")
    func grid() throws {
        let space = try Self.space(
            #"{"algorithm": "svd", "options": {"n_factors": [20, 50], "biased": [true, false], "reg_all": [0.02]}, "seed": 3}"#)
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
        defer { folder.remove() }
        let path = try folder.write("p.json", #"{"algorithm": "knn-basic", "options": {"k": 20, "sim": "cosine", "user_based": false}}"#)
        let parameters = try Parameters(contentsOf: path)
        #expect(parameters == Parameters(algorithm: "knn-basic", options: ["k": "20", "sim": "cosine", "user_based": "false"]))
        try JSONFile.write(parameters, to: "\(folder.path)/q.json")
        #expect(try Parameters(contentsOf: "\(folder.path)/q.json") == parameters)
        #expect(Dictionary(uniqueKeysWithValues: try parameters.configured().settings)["k"] == "20")
    }
}
