import API
import Foundation
import HTTPTestSupport
import Model
import NIOHTTP1
import Testing
import Web

@testable import Server

/// Bytes that are not HTTP, as they come by a real socket.
@Suite struct MalformedRequestTests {
    private static let target = "/v1/repos/r/commits/master/files/f"

    private func head(_ harness: Harness, _ line: String = "PUT \(Self.target) HTTP/1.1") -> String {
        "\(line)\r\nHost: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n"
    }

    /// Whether it is a problem document after which the server closes, which is what `exchangeRaw` has waited for.
    private func expectProblem(_ answer: String, _ status: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), sourceLocation: sourceLocation)
        let head = try #require(answer.range(of: "\r\n\r\n"), sourceLocation: sourceLocation)
        let lines = answer[..<head.lowerBound].lowercased().split(separator: "\r\n")
        for line in ["connection: close", "content-type: application/problem+json", "x-content-type-options: nosniff"] {
            #expect(lines.contains { $0 == line }, "\(line)", sourceLocation: sourceLocation)
        }
        let problem = try JSON.decode(Problem.self, from: Array(answer[head.upperBound...].utf8), what: "the answer")
        #expect(problem.status == status, sourceLocation: sourceLocation)
        #expect(problem.requestID != nil, sourceLocation: sourceLocation)
    }

    @Test(
        arguments: [
            "Transfer-Encoding: chunked\r\n\r\nzz\r\nsome\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\nzz\r\n",
            "Transfer-Encoding: chunked\r\n\r\n4\r\nsomemore\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n-4\r\nsome\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nsome\r\n", "Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n",
            "Transfer-Encoding: chunked\r\n\r\n4\r\nso", "Content-Length: 10\r\n\r\nsome",
        ], [true, false]) func aBodyThatIsNotWellFormedStoresNothing(rest: String, isJSON: Bool) async throws
    {
        try await Harness.run { harness in
            let line = isJSON ? "PUT /v1/repos/r HTTP/1.1" : "PUT \(Self.target) HTTP/1.1"
            try expectProblem(try await harness.exchangeRaw(head(harness, line) + rest), 400)
            #expect(harness.engine.commitCount == 0)
            #expect(harness.engine.files.isEmpty)
            let next = try await harness.send(.GET, "/healthz")
            #expect(next.status == 200)
        }
    }

    @Test func aRequestForTwoHostsStoresNothing() async throws {
        try await Harness.run { harness in
            let answer = try await harness.exchangeRaw(head(harness) + "Host: elsewhere\r\nContent-Length: 4\r\n\r\nsome")
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(answer.contains("more than one 'Host' header"))
            #expect(harness.engine.commitCount == 0)
        }
    }

    @Test(arguments: ["gzip, chunked", "x-other ,\tchunked"]) func aCodedBodyStoresNothing(codings: String) async throws {
        try await Harness.run { harness in
            let answer = try await harness.exchangeRaw(head(harness) + "Transfer-Encoding: \(codings)\r\n\r\n4\r\nsome\r\n0\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 501 "))
            #expect(harness.engine.commitCount == 0)
            #expect(harness.engine.files.isEmpty)
        }
    }

    @Test(arguments: [
        "Content-Length: -1\r\n\r\nsome", "Content-Length: four\r\n\r\nsome", "Content-Length: 4\r\nContent-Length: 5\r\n\r\nsome",
        "Content-Length: 4, 5\r\n\r\nsome", "Content-Length: 99999999999999999999\r\n\r\nsome",
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding: gzip\r\n\r\nsome",
        "a line without a colon\r\n\r\n", "a name with spaces: x\r\n\r\n", ": no name\r\n\r\n", "X: a\0b\r\n\r\n", "X: a",
    ]) func aHeadThatIsNotWellFormedStoresNothing(rest: String) async throws {
        try await Harness.run { harness in
            try expectProblem(try await harness.exchangeRaw(head(harness) + rest), 400)
            #expect(harness.engine.commitCount == 0)
            #expect(harness.engine.files.isEmpty)
        }
    }

    @Test(arguments: ["FOO / HTTP/1.1", "get / HTTP/1.1", "GET / HTTP/9.9", "GET / FTP/1.1", "GET", "\u{16}\u{3}\u{1}", "GET / x HTTP/1.1"])
    func aLineThatIsNoRequestIsTold(line: String) async throws {
        try await Harness.run { harness in
            try expectProblem(try await harness.exchangeRaw(head(harness, line) + "\r\n"), 400)
            #expect(harness.engine.takeCalls().isEmpty)
        }
    }

    @Test func whatFollowsABodyIsNoPartOfIt() async throws {
        try await Harness.run { harness in
            let answer = try await harness.exchangeRaw(head(harness) + "Content-Length: 4\r\n\r\nsome and more\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(harness.engine.files == [try FilePath("f"): Array("some".utf8)])
            #expect(harness.engine.commitCount == 1)
            let second = try #require(answer.range(of: "HTTP/1.1 400 "))
            try expectProblem(String(answer[second.lowerBound...]), 400)
        }
    }

    @Test func aHeadThatIsTooLongIsTold() async throws {
        var limits = ServerConfiguration.Limits()
        limits.connections.headerByteCountMax = 4096
        try await Harness.run(limits: limits) { harness in
            let answer = try await harness.exchangeRaw(head(harness) + "X: \(String(repeating: "x", count: 5000))\r\n\r\n")
            try expectProblem(answer, 431)
        }
    }

    @Test func anUnknownMethodOfAnyFormIsNoFailureOfOurs() async throws {
        try await Harness.run { harness in
            for method in ["PATCH", "PROPFIND", "TRACE", "CONNECT"] {
                let answer = try await harness.exchangeRaw(head(harness, "\(method) /v1/version HTTP/1.1") + "\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 4"), "\(method): \(answer.prefix(40))")
            }
        }
    }
}
