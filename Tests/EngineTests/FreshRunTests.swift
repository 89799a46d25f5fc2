import Engine
import Foundation
import Model
import Operations
import TestSupport
import Testing

@Suite("A job that builds on the one before ends like one that begins anew")
struct FreshRunTests {
    private static let seed = ProcessInfo.processInfo.environment["PACH_FRESH_RUN_SEED"].flatMap(UInt64.init) ?? 20_261_121
    private static let programCount = 3
    private static let roundCount = 8
    private static let names = ["a", "b", "c"]

    /// What the input repos hold.
    private typealias Inputs = [String: [String: String]]

    private struct Difference: Error, CustomStringConvertible {
        var description: String
    }

    @Test("whatever is put, deleted and made anew between two runs, repos and pipelines among it")
    func programs() async throws {
        for seed in Self.seed..<Self.seed + UInt64(Self.programCount) {
            var random = SplitMix(seed: seed)
            try await TestEngine.with { test in
                var inputs: Inputs = ["left": [:], "right": [:]]
                for repo in inputs.keys.sorted() { try await test.engine.createRepo(RepoName(repo), description: "", update: false) }
                for pipeline in Self.pipelines { try await Self.create(pipeline, test.engine) }
                for round in 0..<Self.roundCount {
                    var steps: [String] = []
                    do {
                        try await Self.go(through: &steps, &inputs, test, &random)
                    } catch {
                        Issue.record("seed \(seed), round \(round), after \(steps.joined(separator: ", ")): \(error)")
                        return
                    }
                }
            }
        }
    }

    private static func go(
        through steps: inout [String], _ inputs: inout Inputs, _ test: TestEngine, _ random: inout SplitMix
    ) async throws {
        for _ in 0..<Int.random(in: 1...4, using: &random) { steps.append(try await step(&inputs, test, &random)) }
        // So that each pipeline has a job with the inputs as they are now.
        for repo in inputs.keys.sorted() { steps.append(try await put(repo, &inputs, test.engine, &random)) }
        _ = try await test.engine.run { _ in }
        for (repo, expected) in outputs(of: inputs) {
            let files = try await test.engine.files(of: CommitReference("\(repo)@master"))
            let texts = files.map { ($0.key.description, String(decoding: $0.value, as: UTF8.self)) }
            let found = Dictionary(uniqueKeysWithValues: texts)
            guard found == expected else { throw Difference(description: "\(repo) has \(found), not \(expected)") }
        }
    }

    private static let pipelines: [(name: String, repos: [String], script: String)] = [
        ("copy", ["left"], #"cp "$left" "$out/""#),
        ("pairs", ["left", "right"], #"cat "$left" "$right" > "$out/$(basename "$left")$(basename "$right")""#),
        ("next", ["copy"], #"cp "$copy" "$out/""#),
    ]

    private static func create(_ pipeline: (name: String, repos: [String], script: String), _ engine: Engine) async throws {
        try await engine.createPipeline(pipeline.name, reading: pipeline.repos, pipeline.script)
    }

    /// What the pipelines make of the inputs.
    private static func outputs(of inputs: Inputs) -> Inputs {
        let (left, right) = (inputs["left"] ?? [:], inputs["right"] ?? [:])
        let copy = Dictionary(uniqueKeysWithValues: left.map { ("/\($0.key)", $0.value) })
        let pairs = left.flatMap { left in right.map { right in ("/\(left.key)\(right.key)", left.value + right.value) } }
        return ["copy": copy, "next": copy, "pairs": Dictionary(uniqueKeysWithValues: pairs)]
    }

    private static func step(_ inputs: inout Inputs, _ test: TestEngine, _ random: inout SplitMix) async throws -> String {
        let repo = Bool.random(using: &random) ? "left" : "right"
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3:
            return try await put(repo, &inputs, test.engine, &random)
        case 3..<5:
            guard let name = inputs[repo]?.keys.sorted().randomElement(using: &random) else { return "nothing" }
            inputs[repo]?[name] = nil
            _ = try await test.engine.deleteFile(
                FileReference(commit: CommitReference("\(repo)@master"), path: FilePath("/\(name)")), recursive: false)
            return "delete \(name) of \(repo)"
        case 5..<7:
            inputs[repo] = [:]
            try await test.engine.deleteRepo(RepoName(repo), force: true)
            try await test.engine.createRepo(RepoName(repo), description: "", update: false)
            return "make \(repo) anew"
        case 7:
            let pipeline = pipelines[Int.random(in: 0..<2, using: &random)]
            try await test.engine.deletePipeline(PipelineName(pipeline.name), keepRepo: false, force: true)
            try await create(pipeline, test.engine)
            return "make \(pipeline.name) anew"
        case 8:
            try await test.reopen()
            return "reopen"
        default:
            _ = try await test.engine.run { _ in }
            return "run"
        }
    }

    private static func put(_ repo: String, _ inputs: inout Inputs, _ engine: Engine, _ random: inout SplitMix) async throws -> String {
        let name = names[Int.random(in: 0..<names.count, using: &random)]
        let text = "\(Int.random(in: 0..<3, using: &random))"
        inputs[repo]?[name] = text
        _ = try await engine.put([(FilePath("/\(name)"), Array(text.utf8))], in: CommitReference("\(repo)@master"))
        return "put \(name)=\(text) in \(repo)"
    }
}
