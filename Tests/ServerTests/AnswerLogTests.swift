import API
import HTTPTestSupport
import Model
import NIOHTTP1
import Testing

@testable import Server

/// What the log tells of answers that end before all was said.
@Suite struct AnswerLogTests {
    @Test func whatBreaksAnAnswerOffIsLogged() async throws {
        let log = LogRecorder()
        try await Harness.run(log: log) { harness in
            harness.engine.files = [try FilePath("f"): Array("0123456789".utf8)]
            harness.engine.contentFailure = PachError(.corrupt, "chunk 7 is damaged")
            await #expect(throws: (any Error).self) { try await harness.send(.GET, "/v1/repos/ratings/commits/master/files/f") }
        }
        #expect(log.lines.count { $0.hasPrefix("error answer was broken off") && $0.contains("chunk 7 is damaged") } == 1, "\(log.lines)")
    }

    @Test(
        arguments: [
            (PachError(.corrupt, "chunk 7 is damaged"), 1), (Unforeseen(what: "chunk 7 is damaged"), 1),
            (PachError(.notFound, "chunk 7"), 0),
            (CancellationError(), 0),
        ] as [(any Error, Int)])
    func whatEndsAStreamEarlyIsLogged(failure: any Error, count: Int) async throws {
        let log = LogRecorder()
        try await Harness.run(log: log) { harness in
            harness.engine.fail(with: failure)
            let answer = try await harness.send(.GET, "/v1/repos/ratings/commits/master/entries?walk")
            #expect(answer.body.contains(#"{"problem":"#))
        }
        #expect(log.lines.count { $0.hasPrefix("error ") && $0.contains("chunk 7 is damaged") && $0.contains("request_id") } == count)
        #expect(log.lines.count == count, "\(log.lines)")
    }

    /// It is the writing that fails, of bytes that nobody takes any more.
    @Test(.timeLimit(.minutes(1))) func aClientThatLeavesAStreamIsNoErrorOfTheServer() async throws {
        let log = LogRecorder(isVerbose: true)
        try await Harness.run(log: log) { harness in
            let head = "Host: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n\r\n"
            try await harness.sendRaw("GET /v1/repos/r/commits/forever/entries?walk HTTP/1.1\r\n\(head)", abruptly: true) {
                await harness.engine.waitForCall("walkFiles")
            }
        }
        #expect(log.lines.contains { $0.hasPrefix("info answer was broken off") }, "\(log.lines)")
        #expect(!log.lines.contains { $0.hasPrefix("error ") }, "\(log.lines)")
    }

    private struct Unforeseen: Error {
        var what: String
    }
}
