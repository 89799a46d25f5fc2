import Model
import Testing

@testable import Ledger

@Suite("The message of a Git commit")
struct CommitMessageTests {
    private static func message(description: String = "", error: String? = nil) throws -> CommitMessage {
        let branch = Branch(repo: try RepoName("ratings"))
        return CommitMessage(
            id: .random(), branch: .master, origin: .auto, description: description,
            started: Timestamp(microseconds: 1_700_000_000_123_456),
            finished: Timestamp(microseconds: 1_700_000_001_000_000), parent: .random(), size: 12,
            provenance: [CommitLink(branch: branch, id: .random())], job: JobLink(pipeline: try PipelineName("train"), id: .random()),
            jobState: .killed,
            error: error)
    }

    @Test(
        "says everything that the database knows of a commit, and comes back unchanged",
        arguments: [
            ("", nil), ("two\nlines", "a reason"), ("ends in trailers\n\nPach-Commit: 0123", "lines\nand \\ and \r"), ("ünïcode 🎬", "\\n"),
        ] as [(String, String?)])
    func roundTrip(description: String, error: String?) throws {
        let message = try Self.message(description: description, error: error)
        #expect(try CommitMessage(parsing: message.text) == message)
    }

    @Test("has no NUL, which Git refuses")
    func noNUL() throws {
        let message = try Self.message(description: "a\0b", error: "c\0d")
        #expect(!message.text.utf8.contains(0))
    }

    @Test("that lacks a trailer is corrupt, and says which", arguments: ["Pach-Commit", "Pach-Origin", "Pach-Size", "Pach-Finished"])
    func missingTrailer(name: String) throws {
        let text = try Self.message().text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix(name) }
            .joined(separator: "\n")
        let error = try #require(throws: PachError.self) { try CommitMessage(parsing: text) }
        #expect(error.code == .corrupt)
        #expect(error.message.contains(name))
    }
}
