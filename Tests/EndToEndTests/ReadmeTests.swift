import Foundation
import Testing

@Suite("The README's first screen", .endToEnd)
struct ReadmeTests {
    let house: House

    init() throws {
        house = try House()
    }

    @Test("works when pasted")
    func fiveMinutes() async throws {
        let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let readme = try String(contentsOf: project.appendingPathComponent("README.md"), encoding: .utf8)
        let screen = try #require(readme.range(of: "## Five minutes\n\n```sh\n").map { readme[$0.upperBound...] })
        let commands = try #require(screen.range(of: "```").map { screen[..<$0.lowerBound] })
        try house.write(String(commands), to: "screen.sh")
        // Without the variable of the data root, which a reader does not have either.
        let outcome = try await house.outcome(
            ["env", "-u", "PACH_ROOT", "bash", "-e", "-o", "pipefail", "screen.sh"], environment: ["TMPDIR": house.folder])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output.split(separator: "\n").contains("6"))
        #expect(outcome.output.contains(" 1 + 1 / 2 success"))
        #expect(outcome.output.contains("hamlet.txt skipped"))
        #expect(outcome.output.hasSuffix("hamlet.txt\nmoby.txt\n"))
    }
}
