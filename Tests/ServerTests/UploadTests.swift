import API
import AsyncHTTPClient
import HTTPTestSupport
import Model
import NIOCore
import NIOHTTP1
import Testing
import Web

@testable import Server

@Suite struct UploadTests {
    private static let target = "/v1/repos/ratings/commits/master/files"

    /// How a client may go away in the middle of a body.
    enum Framing: String, CaseIterable {
        case length, chunked, chunkedBetweenChunks, tar
    }

    @Test(arguments: Framing.allCases, [true, false])
    func anUploadThatIsBrokenOffCommitsNothing(framing: Framing, abruptly: Bool) async throws {
        try await Harness.run { harness in
            let head = "Host: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n"
            let body =
                switch framing {
                case .length: "PUT \(Self.target)/f HTTP/1.1\r\n\(head)Content-Length: 20000\r\n\r\nhalf"
                case .chunked: "PUT \(Self.target)/f HTTP/1.1\r\n\(head)Transfer-Encoding: chunked\r\n\r\n8\r\nhalf"
                case .chunkedBetweenChunks: "PUT \(Self.target)/f HTTP/1.1\r\n\(head)Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
                case .tar:
                    "POST \(Self.target) HTTP/1.1\r\n\(head)Content-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "200\r\n" + String(decoding: TarWriter.header(.init(path: try FilePath("f"), sizeBytes: 9)), as: UTF8.self)
                        + "\r\n"
                }
            var events = harness.engine.events.makeAsyncIterator()
            // A reset takes unread bytes along, so that the server must have seen the request before.
            try await harness.sendRaw(body, abruptly: abruptly) { await harness.engine.waitForCall("putFiles") }
            #expect(await events.next() == "upload failed")
            #expect(harness.engine.commitCount == 0)
            #expect(harness.engine.files.isEmpty)
            #expect(harness.engine.uploadFailure is PachError)
        }
    }

    @Test func aClientThatOnlyEndsItsSideBreaksOffToo() async throws {
        try await Harness.run { harness in
            let head = "Host: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n"
            _ = try await harness.exchangeRaw("PUT \(Self.target)/f HTTP/1.1\r\n\(head)Content-Length: 20000\r\n\r\nhalf")
            var events = harness.engine.events.makeAsyncIterator()
            #expect(await events.next() == "upload failed")
            #expect(harness.engine.commitCount == 0)
        }
    }

    @Test func aShortUploadThatIsBrokenOffDoesNotReachTheEngine() async throws {
        try await Harness.run { harness in
            let head = "Host: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n"
            _ = try await harness.exchangeRaw("PUT \(Self.target)/f HTTP/1.1\r\n\(head)Content-Length: 10\r\n\r\nhalf")
            #expect(harness.engine.commitCount == 0)
            #expect(harness.engine.files.isEmpty)
        }
    }

    /// A long upload reaches the engine as it comes, a short one once it is there.
    @Test(arguments: [20_000, 10]) func anUploadThatStallsIsAnsweredAndCommitsNothing(byteCount: Int) async throws {
        var limits = ServerConfiguration.Limits()
        limits.connections.clientPatience = .milliseconds(100)
        try await Harness.run(limits: limits) { harness in
            let head = "Host: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n"
            let answer = try await harness.stallRaw(
                "PUT \(Self.target)/f HTTP/1.1\r\n\(head)Content-Length: \(byteCount)\r\n\r\nhalf")
            #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer.prefix(200))")
            #expect(answer.contains(#""code":"timed_out""#))
            #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
            #expect(harness.engine.commitCount == 0)
            #expect(harness.engine.files.isEmpty)
        }
    }

    @Test func aHeadThatStallsIsAnswered() async throws {
        var limits = ServerConfiguration.Limits()
        limits.connections.clientPatience = .milliseconds(100)
        try await Harness.run(limits: limits) { harness in
            let answer = try await harness.stallRaw("PUT \(Self.target)/f HTTP/1.1\r\nHost: loc")
            #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer.prefix(200))")
            let silent = try await harness.exchangeRaw("", halfClose: false)
            #expect(silent.isEmpty)
        }
    }

    @Test func oneFileIsPutAsItIs() async throws {
        try await Harness.run { harness in
            let known = try await harness.send(.PUT, Self.target + "/a%20b/100%25", body: .bytes(ByteBuffer(string: "known")))
            #expect(known.status == 200)
            let chunked = try await harness.send(
                .PUT, Self.target + "/a+b?mode=append", body: .bytes(Array("chunked".utf8), length: .unknown))
            #expect(chunked.status == 200)
            let empty = try await harness.send(.PUT, Self.target + "/empty")
            #expect(empty.status == 200)
            let change = try JSON.decode(ChangeResultWire.self, from: Array(empty.body.utf8), what: "the answer")
            #expect(change.pending_jobs == 2)
            #expect(
                harness.engine.files == [
                    try FilePath("a b/100%"): Array("known".utf8), try FilePath("a+b"): Array("chunked".utf8), try FilePath("empty"): [],
                ])
            #expect(harness.engine.takeCalls().map { $0.split(separator: " ").last } == ["overwrite", "append", "overwrite"])
        }
    }

    private struct ChangeResultWire: Decodable {
        var pending_jobs: Int
    }

    @Test(arguments: ["/..", "/a/%2e%2e/b", "/a%2Fb", "/%00", "/%ff", "/%zz", "/" + String(repeating: "x", count: 256)])
    func pathsThatAreNotAllowedAreRefused(path: String) async throws {
        try await Harness.run { harness in
            let head = "Host: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n"
            let answer = try await harness.exchangeRaw("PUT \(Self.target)\(path) HTTP/1.1\r\n\(head)Content-Length: 1\r\n\r\nx")
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(harness.engine.commitCount == 0)
        }
    }

    @Test func anotherMediaTypeThanTarIsRefused() async throws {
        try await Harness.run { harness in
            let answer = try await harness.send(.POST, Self.target, body: .bytes(ByteBuffer(string: "x")))
            #expect(answer.status == 415)
        }
    }

    @Test func aClientThatAsksWhetherToSendIsToldSo() async throws {
        try await Harness.run { harness in
            let head = "Host: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n"
            let answer = try await harness.exchangeRaw(
                "PUT \(Self.target)/f HTTP/1.1\r\n\(head)Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx")
            #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
            let refused = try await harness.exchangeRaw(
                "PUT \(Self.target)/f HTTP/1.1\r\nHost: localhost:\(harness.port)\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx")
            #expect(refused.hasPrefix("HTTP/1.1 401 "))
        }
    }

    @Test func aRefusedUploadThatDoesNotEndIsCutOff() async throws {
        var limits = ServerConfiguration.Limits()
        limits.refusedUploadByteCountMax = 1024 * 1024
        try await Harness.run(limits: limits) { harness in
            harness.engine.fail(with: PachError(.notFound, "no such repo"))
            let answer = try await harness.exchangeRaw(
                "PUT \(Self.target)/f HTTP/1.1\r\nHost: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n"
                    + "Content-Length: 99999999\r\n\r\n" + String(repeating: "x", count: 4 * 1024 * 1024), halfClose: false)
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 404 "))
        }
    }

    @Test func bodiesOfJSONAreBounded() async throws {
        try await Harness.run { harness in
            let long = "{\"description\": \"\(String(repeating: "x", count: 1 << 20))\"}"
            let answer = try await harness.send(.PUT, "/v1/repos/r", body: .bytes(ByteBuffer(string: long)))
            #expect(answer.status == 413)
            #expect(harness.engine.takeCalls().isEmpty)
        }
    }

    // MARK: Preconditions

    @Test func anUploadForAnotherHeadIsRefused() async throws {
        try await Harness.run { harness in
            for (tag, status) in [("\"\(Sample.id)\"", 200), ("*", 200), ("\"other\", \"\(Sample.id)\"", 200), ("\"other\"", 412)] {
                let answer = try await harness.send(
                    .PUT, Self.target + "/f", headers: [("If-Match", tag)], body: .bytes(ByteBuffer(string: "x")))
                #expect(answer.status == status, "\(tag)")
            }
            #expect(harness.engine.commitCount == 3)
            harness.engine.head = nil
            let answer = try await harness.send(.PUT, Self.target + "/f", headers: [("If-Match", "*")])
            #expect(answer.status == 412)
            let notABranch = try await harness.send(
                .PUT, "/v1/repos/ratings/commits/\(Sample.id)/files/f", headers: [("If-Match", "*")])
            #expect(notABranch.status == 400)
        }
    }

    @Test func aHeadThatMovesDuringTheUploadIsSeen() async throws {
        try await Harness.run { harness in
            let (parts, send) = AsyncStream<ByteBuffer>.makeStream()
            let engine = harness.engine
            send.yield(ByteBuffer(string: "first"))
            let answer = try await withThrowingTaskGroup(of: HTTPAnswer?.self) { group in
                group.addTask {
                    try await harness.send(
                        .PUT, Self.target + "/f", headers: [("If-Match", "\"\(Sample.id)\"")], body: .stream(parts, length: .unknown))
                }
                group.addTask {
                    // The upload has passed the first look once the engine was asked.
                    await engine.waitForCall("putFiles")
                    engine.head = nil
                    send.finish()
                    return nil
                }
                var answer: HTTPAnswer?
                for try await result in group { answer = result ?? answer }
                return try #require(answer)
            }
            #expect(answer.status == 412)
            #expect(engine.commitCount == 0)
        }
    }

    @Test func aBranchIsMovedOnlyFromTheHeadThatIsNamed() async throws {
        try await Harness.run { harness in
            let target = "/v1/repos/ratings/branches/master"
            let branch = try await harness.send(.GET, target)
            let tag = try #require(branch.headers.first(name: "etag"))
            #expect(tag == "\"\(Sample.id)\"")
            let body = HTTPClientRequest.Body.bytes(ByteBuffer(string: #"{"head": "dev"}"#))
            let moved = try await harness.send(.PUT, target, headers: [("If-Match", tag)], body: body)
            #expect(moved.status == 200)
            let refused = try await harness.send(.PUT, target, headers: [("If-Match", "\"x\"")], body: body)
            #expect(refused.status == 412)
        }
    }
}
