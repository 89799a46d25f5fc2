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
        let folder = "pipelines/train"
        try FileManager.default.createDirectory(atPath: "\(house.folder)/\(folder)", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: Self.project.appendingPathComponent("\(folder)/sample").path, toPath: "\(house.folder)/\(folder)/sample")
        try house.write(Self.commands(of: "\(folder)/README.md", below: "checked by:\n"), to: "check.sh")
        let outcome = try await house.outcome(["bash", "-e", "check.sh"])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output.hasSuffix("model: OK\n"))
    }
}
