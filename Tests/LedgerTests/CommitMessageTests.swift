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
            ("a\r\n\r\nb", "ends in CR LF:\r\nPach-Job: forged\r\n\r\n"), ("a\r\n\nb", "\r\n\nPach-Commit: 0123"),
            ("a", "\\\u{301} and \u{301}"), ("a", "\u{301} at the beginning"),
        ] as [(String, String?)])
    func roundTrip(description: String, error: String?) throws {
        let message = try Self.message(description: description, error: error)
        #expect(try CommitMessage(parsing: message.text) == message)
    }

    @Test(
        "keeps each trailer on a line of its own, whatever the error holds",
        arguments: ["a\r\nb", "a\r\n\r\nPach-Size: 1", "\r\n", "\n\r\n"])
    func trailerLines(error: String) throws {
        let bytes = Array(try Self.message(description: "one line", error: error).text.utf8)
        let lines = bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        #expect(lines.first == "one line")
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("Pach-") && !$0.utf8.contains(UInt8(ascii: "\r")) }, "\(lines)")
        #expect(lines.count { $0.hasPrefix("Pach-Size: ") } == 1)
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

    @Test("with a size that nothing has is corrupt", arguments: ["9223372036854775807", "1152921504606846977", "-1"])
    func impossibleSize(size: String) throws {
        let text = try Self.message().text.replacing(#/Pach-Size: \d+/#, with: "Pach-Size: \(size)")
        #expect(text.contains("Pach-Size: \(size)\n"))
        let error = try #require(throws: PachError.self) { try CommitMessage(parsing: text) }
        #expect(error.code == .corrupt && error.message.contains("Pach-Size"))
    }
}
