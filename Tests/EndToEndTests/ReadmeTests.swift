import Foundation
import Testing

@Suite("What documents have their readers paste", .endToEnd)
struct ReadmeTests {
    private static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let house: House

    init() throws {
        house = try House()
    }

    /// The commands of a document that stand below a line.
    private static func commands(of document: String, below line: String) throws -> String {
        let text = try String(contentsOf: project.appendingPathComponent(document), encoding: .utf8)
        let start = try #require(text.firstRange(of: line)?.upperBound)
        let block = try #require(text[start...].firstMatch(of: /```(?:sh)?\n(.*?)```/.dotMatchesNewlines()))
        return String(block.1)
    }

    @Test("the README's first screen works")
    func fiveMinutes() async throws {
        try house.write(Self.commands(of: "README.md", below: "## Five minutes\n"), to: "screen.sh")
        // Without the variable of the data root, which a reader does not have either.
        let outcome = try await house.outcome(
            ["env", "-u", "PACH_ROOT", "bash", "-e", "-o", "pipefail", "screen.sh"], environment: ["TMPDIR": house.folder])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output.split(separator: "\n").contains("6"))
        #expect(outcome.output.contains(" 1 + 1 / 2 success"))
        #expect(outcome.output.contains("hamlet.txt skipped"))
        #expect(outcome.output.hasSuffix("hamlet.txt\nmoby.txt\n"))
    }

    @Test("the sample of training gives the model whose hash stands beside it")
    func trainedSample() async throws {
        try copySamples()
        try house.write(Self.commands(of: "pipelines/train/README.md", below: "checked by:\n"), to: "check.sh")
        let outcome = try await house.outcome(["bash", "-e", "check.sh"])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output.hasSuffix("model: OK\n"))
    }

    @Test("the sample of predictions is what its model gives")
    func predictedSample() async throws {
        try copySamples()
        try house.write(Self.commands(of: "pipelines/predict/README.md", below: "digit for digit:\n"), to: "check.sh")
        let outcome = try await house.outcome(["bash", "-e", "check.sh"])
        #expect(outcome.code == 0 && outcome.output.isEmpty, "\(outcome)")
    }

    @Test("the recommender's commands work without an engine, as the README has them")
    func recommenderAlone() async throws {
        try copySamples()
        try house.write(Self.commands(of: "README.md", below: "with neither engine nor pipeline:\n"), to: "screen.sh")
        let outcome = try await house.outcome(["bash", "-e", "screen.sh"])
        #expect(outcome.code == 0, "\(outcome.error)")
        // The best item of the list, and what its estimate is the sum of.
        #expect(outcome.output.contains("user,item,score\n1,858,") && outcome.output.contains("item '858':"), "\(outcome.output)")
    }

    private func copySamples() throws {
        for folder in ["pipelines/train", "pipelines/predict"] {
            try FileManager.default.createDirectory(atPath: "\(house.folder)/\(folder)", withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: Self.project.appendingPathComponent("\(folder)/sample").path, toPath: "\(house.folder)/\(folder)/sample")
        }
    }
}
