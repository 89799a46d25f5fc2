import Foundation
import Testing

/// What docs/explaining.md has its readers do.
@Suite("A prediction is taken apart", .endToEnd, .timeLimit(.minutes(10)))
struct ExplainedPredictionTests {
    private static let pipelines = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("pipelines").path

    @Test("an old one with the model that its commit is made from, whatever was trained since")
    func old() async throws {
        let house = try House()
        try await house.repo("ratings", ["ratings.tsv": "1\t1\t4\n1\t2\t3\n2\t1\t5\n2\t2\t2\n3\t2\t4\n"])
        try await house.repo("training", ["header.txt": "user item rating timestamp\n"])
        try await house.repo("streaming", ["day/hour/asked": "3 1\n"])
        for name in ["train", "predict"] { try await house.pach("create", "pipeline", "-f", "\(Self.pipelines)/\(name)/pipeline.json") }
        #expect(try await house.runJobs().code == 0)
        let commit = try #require(try await house.ids("predict").first)
        let answer = try await house.pach("get", "file", "predict@\(commit):/day/hour/asked")

        try await house.put(["more": "3 2 1 880606923\n"], in: "training")
        #expect(try await house.runJobs().code == 0)
        #expect(try await house.pach("get", "file", "predict@master:/day/hour/asked") != answer)

        let origins = try await house.json(of: ListedCommit.self, "inspect", "commit", "predict@\(commit)").flatMap(\.provenance)
        let model = try #require(origins.first { $0.branch.repo.name == "train" }).id
        try await house.pach("get", "file", "train@\(model):/model", "-o", house.path("model"))
        let explanation = try await house.run("recommend", "explain", "--model", "model", "--user", "3", "--item", "1", "--format", "json")
        #expect(answer.hasPrefix("3 1 ") && explanation.contains("\"estimate\" : \(answer.dropFirst(4))"), "\(answer): \(explanation)")
    }
}
