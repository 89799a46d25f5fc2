import Foundation
import HTTPTestSupport
import NIOHTTP1
import Testing

/// Which connections end with an answer. The client's side stays open: it is the server that closes.
@Suite(.timeLimit(.minutes(1))) struct PersistenceTests {
    private func head(_ harness: Harness, _ line: String, _ connection: String? = nil, more: String = "") -> String {
        let option = connection.map { "Connection: \($0)\r\n" } ?? ""
        return "\(line)\r\nHost: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n\(option)\(more)\r\n"
    }

    private func lines(_ answer: String) throws -> [String] {
        let end = try #require(answer.range(of: "\r\n\r\n"))
        return answer[..<end.lowerBound].lowercased().split(separator: "\r\n").map(String.init)
    }

    @Test(arguments: [
        ("1.0", nil), ("1.0", "keep-alive"), ("1.1", "close"), ("1.1", "Close"), ("1.1", "TE, close"),
    ]) func theLastRequestEndsIt(version: String, connection: String?) async throws {
        try await Harness.run { harness in
            let request = head(harness, "GET /healthz HTTP/\(version)", connection)
            // What follows is none any more.
            for next in ["", request, "no request\r\n\r\n"] {
                let answer = try await harness.exchangeRaw(request + next, halfClose: false)
                #expect(answer.hasPrefix("HTTP/\(version) 200 "))
                #expect(try lines(answer).contains("connection: close"))
                #expect(answer.hasSuffix("\r\n\r\nhealthy\n"))
            }
        }
    }

    @Test func anotherRequestMayFollowUnlessItIsSaid() async throws {
        try await Harness.run { harness in
            let requests = [nil, nil, "close"].map { head(harness, "GET /healthz HTTP/1.1", $0) }
            let answer = try await harness.exchangeRaw(requests.joined(), halfClose: false)
            let answers = answer.components(separatedBy: "HTTP/1.1 200 ").dropFirst()
            #expect(answers.map { $0.lowercased().contains("connection: close") } == [false, false, true])
        }
    }

    @Test func anOldClientGetsNoChunks() async throws {
        try await Harness.run { harness in
            let target = "/v1/repos/ratings/commits/master/entries/?walk"
            let old = try await harness.exchangeRaw(head(harness, "GET \(target) HTTP/1.0"), halfClose: false)
            #expect(old.hasPrefix("HTTP/1.0 200 "))
            #expect(try lines(old).allSatisfy { !$0.hasPrefix("transfer-encoding:") && !$0.hasPrefix("content-length:") })
            let new = try await harness.send(.GET, target)
            #expect(new.headers.first(name: "transfer-encoding") == "chunked")
            #expect(!new.body.isEmpty)
            #expect(old.hasSuffix("\r\n\r\n" + new.body))
        }
    }

    @Test(arguments: ["1.0", "1.1"]) func onlyANewClientIsToldToContinue(version: String) async throws {
        try await Harness.run { harness in
            let target = "PUT /v1/repos/ratings/commits/master/files/a HTTP/\(version)"
            let request = head(harness, target, "close", more: "Expect: 100-continue\r\nContent-Length: 1\r\n") + "x"
            let answer = try await harness.exchangeRaw(request, halfClose: false)
            #expect(answer.hasPrefix(version == "1.0" ? "HTTP/1.0 2" : "HTTP/1.1 100 "), "\(answer)")
        }
    }
}
