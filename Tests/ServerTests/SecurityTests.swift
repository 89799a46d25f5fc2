import AsyncHTTPClient
import HTTPTestSupport
import NIOHTTP1
import Testing
import Web

@testable import API
@testable import Server

@Suite struct SecurityTests {
    @Test func everyRequestBelowV1NeedsTheToken() async throws {
        try await Harness.run { harness in
            for target in ["/v1/version", "/v1/openapi.json", "/v1/nothing", "/v1/repos/x", "/elsewhere"] {
                for headers in [[], [("Authorization", "Basic abc")], [("Authorization", "Bearer")], [("Authorization", "Bearer x")]] {
                    let answer = try await harness.send(.GET, target, headers: headers, token: nil)
                    #expect(answer.status == 401, "\(target) \(headers)")
                    #expect(answer.headers["www-authenticate"] == ["Bearer"])
                    #expect(answer.headers["content-type"] == [Problem.mediaType])
                }
            }
            let lowerCase = [("Authorization", "bearer \(Harness.token)")]
            let answer = try await harness.send(.GET, "/v1/version", headers: lowerCase, token: nil)
            #expect(answer.status == 200)
            #expect(harness.engine.takeCalls() == ["version"])
        }
    }

    @Test func probesAndMetricsNeedNone() async throws {
        try await Harness.run { harness in
            for target in ["/healthz", "/readyz", "/metrics"] {
                let answer = try await harness.send(.GET, target, token: nil)
                #expect(answer.status == 200)
            }
        }
    }

    @Test func otherNamesAreMisdirected() async throws {
        try await Harness.run(knownAs: ["pach.example"]) { harness in
            let port = harness.port
            let good = ["127.0.0.1:\(port)", "localhost:\(port)", "LOCALHOST:\(port)", "[::1]:\(port)", "pach.example", "pach.example:99"]
            let bad = [
                "evil.example", "evil.example:\(port)", "localhost", "127.0.0.1:1", "localhost.evil.example:\(port)", "10.0.0.1:\(port)",
            ]
            for host in good {
                let answer = try await harness.send(.GET, "/v1/version", headers: [("Host", host)])
                #expect(answer.status == 200, "\(host)")
            }
            for host in bad {
                for target in ["/v1/version", "/healthz"] {
                    let answer = try await harness.send(.GET, target, headers: [("Host", host)])
                    #expect(answer.status == 421, "\(host)")
                }
            }
        }
    }

    @Test func pagesOfOthersAreForbidden() async throws {
        try await Harness.run { harness in
            for origin in ["http://127.0.0.1:\(harness.port)", "https://127.0.0.1:\(harness.port)"] {
                let answer = try await harness.send(.GET, "/v1/version", headers: [("Origin", origin)])
                #expect(answer.status == 200)
            }
            for origin in ["http://evil.example", "null", "http://127.0.0.1", "http://localhost:\(harness.port)", ""] {
                let answer = try await harness.send(.GET, "/v1/version", headers: [("Origin", origin)])
                #expect(answer.status == 403, "\(origin)")
                #expect(answer.headers["access-control-allow-origin"].isEmpty)
            }
        }
    }

    @Test func tokensAreComparedWhole() {
        #expect(TokenCheck.areEqual(Array("abc".utf8), Array("abc".utf8)))
        for other in ["", "ab", "abd", "abcd", "bbc"] {
            #expect(!TokenCheck.areEqual(Array(other.utf8), Array("abc".utf8)))
        }
    }

    @Test func headersAreBounded() async throws {
        var limits = ServerConfiguration.Limits()
        limits.connections.headerByteCountMax = 4096
        try await Harness.run(limits: limits) { harness in
            for request in [
                "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 100_000))\r\n\r\n",
                "GET /\(String(repeating: "x", count: 1_000_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n",
            ] {
                let answer = try await harness.exchangeRaw(request)
                #expect(answer.hasPrefix("HTTP/1.1 400 ") || answer.isEmpty || answer.hasPrefix("HTTP/1.1 431 "), "\(answer.prefix(80))")
            }
        }
    }

    @Test func clientsThatKeepUsWaitingAreClosed() async throws {
        var limits = ServerConfiguration.Limits()
        limits.connections.clientPatience = .milliseconds(200)
        try await Harness.run(limits: limits) { harness in
            let head = "Host: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n"
            // Nothing, half a head, and half a body; each ends because the server closes, which is all that the read waits for.
            let half = "PUT /v1/repos/r/commits/master/files/f HTTP/1.1\r\n\(head)Content-Length: 10\r\n\r\nhalf"
            for beginning in ["", "GET /healthz HT", half] {
                _ = try await harness.exchangeRaw(beginning, halfClose: false)
            }
            #expect(harness.engine.commitCount == 0)
        }
    }
}
