import Foundation
import TestSupport
import Testing

@testable import Recommenders

@Suite struct GateTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func report(_ name: String, _ numbers: String) throws -> String {
        try folder.write(#"{"algorithm": "svd", "seed": 0, \#(numbers)}"#, to: "\(name).json")
    }

    @Test(
        "what is worse than the last by more than is allowed does not pass, whichever way the measure goes",
        arguments: [
            ("rmse", 0.9, 0.9, 0.0, true), ("rmse", 0.91, 0.9, 0.0, false), ("rmse", 0.91, 0.9, 0.02, true), ("rmse", 0.8, 0.9, 0.0, true),
            ("fcp", 0.7, 0.7, 0.0, true), ("fcp", 0.69, 0.7, 0.0, false), ("fcp", 0.69, 0.7, 0.02, true), ("fcp", 0.8, 0.7, 0.0, true),
        ])
    func comparison(measure: String, value: Double, previous: Double, tolerance: Double, passes: Bool) throws {
        let gate = try Gate(comparing: Measure(named: measure), tolerance: tolerance, limits: [:])
        let new = try report("new", "\"\(measure)\": \(value)")
        let old = try report("old", "\"\(measure)\": \(previous)")
        let decision = try gate.decide(new, previous: old)
        #expect(decision.passed == passes && decision.failures.isEmpty == passes, "\(decision)")
        #expect(decision.value == value && decision.previous == previous)
    }

    @Test("limits hold whatever was before, means count as numbers, and the first evaluation has nothing to be compared with")
    func limits() throws {
        let path = try report("new", #""ndcg": {"mean": 0.2, "low": 0.1, "high": 0.3}, "coverage": 0.5"#)
        let gate = try Gate(comparing: .ndcg, tolerance: 0, limits: [.ndcg: 0.3, .coverage: 0.4])
        let decision = try gate.decide(path, previous: "\(folder.path)/nothing")
        #expect(decision.failures == ["ndcg is 0.2, and should be at least 0.3"] && !decision.passed && decision.previous == nil)
    }

    @Test("where the report that passed last lacks the measure, nothing is compared, limits hold, and the decision says so")
    func otherMeasure() throws {
        let old = try report("old", #""rmse": 0.9"#)
        let new = try report("new", #""ndcg": 0.2"#)
        let decision = try Gate(comparing: .ndcg, tolerance: 0, limits: [:]).decide(new, previous: old)
        #expect(decision.passed && decision.previous == nil)
        #expect(String(decoding: try JSONEncoder().encode(decision), as: UTF8.self).contains("does not have the measure 'ndcg'"))
        let limited = try Gate(comparing: .ndcg, tolerance: 0, limits: [.ndcg: 0.3]).decide(new, previous: old)
        #expect(limited.failures == ["ndcg is 0.2, and should be at least 0.3"])
    }

    @Test(
        "what the interval does not tell from the last passes, whichever way the measure goes",
        arguments: [
            (#""rmse": 0.9, "intervals": {"rmse": {"low": 0.77, "high": 1.03}}"#, "rmse", 0.78, 0.0, true),
            (#""rmse": 0.9, "intervals": {"rmse": {"low": 0.85, "high": 1.03}}"#, "rmse", 0.78, 0.0, false),
            (#""rmse": 0.9, "intervals": {"rmse": {"low": 0.85, "high": 1.03}}"#, "rmse", 0.78, 0.1, true),
            (#""fcp": 0.6, "intervals": {"rmse": {"low": 0.1, "high": 0.2}, "fcp": {"low": 0.5, "high": 0.7}}"#, "fcp", 0.69, 0.0, true),
            (#""fcp": 0.6, "intervals": {"rmse": {"low": 0.1, "high": 0.2}, "fcp": {"low": 0.5, "high": 0.7}}"#, "fcp", 0.71, 0.0, false),
            (#""rmse": 0.9, "fcp": 0.6, "intervals": {"rmse": {"low": 0.1, "high": 0.2}}"#, "fcp", 0.69, 0.0, false),
            (#""ndcg": {"mean": 0.2, "low": 0.1, "high": 0.3}"#, "ndcg", 0.29, 0.0, true),
            (#""ndcg": {"mean": 0.2, "low": 0.1, "high": 0.3}"#, "ndcg", 0.31, 0.0, false),
        ])
    func intervals(report numbers: String, measure: String, previous: Double, tolerance: Double, passes: Bool) throws {
        let old = try report("old", "\"\(measure)\": \(previous)")
        let gate = try Gate(comparing: Measure(named: measure), tolerance: tolerance, limits: [:])
        let decision = try gate.decide(try report("new", numbers), previous: old)
        #expect(decision.passed == passes, "\(decision)")
    }

    @Test("what gets worse by little each time is held against the best that ever passed, held back or not in between")
    func slide() throws {
        let gate = try Gate(comparing: .rmse, tolerance: 0.01, limits: [:])
        var passed: [Bool] = []
        let decided = "\(folder.path)/decision.json"
        var last: String?
        for step in 0..<6 {
            let value = 0.9 + 0.095 * Double(step)
            let interval = #"{"low": \#(value - 0.1), "high": \#(value + 0.1)}"#
            let new = try report("\(step)", #""rmse": \#(value), "intervals": {"rmse": \#(interval)}"#)
            let decision = try gate.decide(new, previous: last, decision: decided)
            #expect(decision.best == 0.9)
            try JSONFile.write(decision, to: decided)
            passed.append(decision.passed)
            if decision.passed { last = new }
        }
        #expect(passed == [true, true, false, false, false, false])
        let better = try gate.decide(try report("better", #""rmse": 0.8"#), previous: last, decision: decided)
        #expect(better.passed && better.best == 0.8)
    }

    @Test("a decision without the best that passed, as they were, and one of another measure, are none to compare with")
    func formerDecision() throws {
        let gate = try Gate(comparing: .rmse, tolerance: 0, limits: [:])
        let (old, new) = (try report("old", #""rmse": 0.9"#), try report("new", #""rmse": 0.9"#))
        for former in [
            #"{"measure": "rmse", "value": 0.9, "failures": [], "passed": true}"#,
            #"{"measure": "ndcg", "value": 0.2, "best": 0.3, "failures": [], "passed": true}"#,
        ] {
            let decision = try gate.decide(new, previous: old, decision: folder.write(former, to: "former.json"))
            #expect(decision.passed && decision.best == 0.9, "\(decision)")
        }
        #expect(throws: RecommenderError.self) { try gate.decide(new, previous: old, decision: folder.write("[]", to: "x.json")) }
    }

    @Test("lists of another length are not compared, and the decision says so")
    func otherLength() throws {
        let (short, long) = (try report("short", #""recall": 0.1, "at": 10"#), try report("long", #""recall": 0.2, "at": 20"#))
        let gate = try Gate(comparing: .recall, tolerance: 0, limits: [:])
        for (new, old) in [(short, long), (long, short)] {
            let decision = try gate.decide(new, previous: old)
            #expect(decision.passed && decision.previous == nil, "\(decision)")
            #expect(decision.note?.contains("lists of another length") == true, "\(decision)")
        }
        #expect(try !gate.decide(short, previous: report("other", #""recall": 0.2, "at": 10"#)).passed)
    }

    @Test("a measure that a report lacks, and what is no report, are errors")
    func errors() throws {
        let gate = try Gate(comparing: .rmse, tolerance: 0, limits: [:])
        let path = try report("new", #""mae": 1, "fcp": null"#)
        let error = try #require(throws: RecommenderError.self) { try gate.decide(path, previous: nil) }
        #expect(error.message.contains("does not have the measure 'rmse'") && error.hint == "It has: mae.")
        #expect(throws: RecommenderError.self) { try gate.decide(try folder.write("[]", to: "x.json"), previous: nil) }
        let wrong = try report("wrong", #""rmse": 0.9, "mae": "low""#)
        #expect(try #require(throws: RecommenderError.self) { try gate.decide(wrong, previous: nil) }.message.contains("mae"))
        #expect(throws: RecommenderError.self) { try Gate(comparing: .rmse, tolerance: -1, limits: [:]) }
        #expect(try #require(throws: RecommenderError.self) { try Measure(named: "rsme") }.hint?.contains("'rmse'") == true)
    }
}
