import Foundation
import HTTPTestSupport
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing
import Web

@testable import RecommenderService

/// What clients do to a front by a real socket: bytes that are not HTTP, connections without a request.
@Suite struct RawConnectionTests {
    @Test(arguments: [
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n4\r\n{}",
        "Content-Length: 100\r\n\r\n{\"data\":[\"1 2\"]}",
    ]) func aBodyThatBreaksOffIsTheClientsMistake(rest: String) async throws {
        try await Harness.run { (harness) async throws in
            let files = await harness.engine.files("streaming")
            let answer = try await harness.exchangeRaw("POST /predict HTTP/1.1\r\nHost: localhost:\(harness.port)\r\n\(rest)")
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(200))")
            #expect(answer.contains("\"code\":\"invalid_argument\""))
            #expect(await harness.engine.files("streaming") == files)
        }
    }

    @Test func aHeadThatIsNotWellFormedIsTheClientsMistake() async throws {
        try await Harness.run { (harness) async throws in
            let answer = try await harness.exchangeRaw("POST /predict HTTP/1.1\r\nHost: localhost:\(harness.port)\r\nno colon\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(200))")
            #expect(answer.contains("\"code\":\"invalid_argument\""))
        }
    }

    #if os(Linux)
        @Test(.timeLimit(.minutes(1))) func aSilentClientIsAskedForSignsOfLife() async throws {
            try await Harness.run { (harness) async throws in
                #expect(try await harness.send(.GET, "/healthz").status == 200)
                var timer = try harness.serverTimer()
                // The list may miss a connection while others come and go, and the timer of what is not acknowledged yet goes first.
                while timer == nil || timer == "01" {
                    await Task.yield()
                    timer = try harness.serverTimer()
                }
                #expect(timer == "02")
            }
        }

        @Test func aClientWhoseMachineVanishesIsMissedAfterTwoMinutes() async throws {
            try await Harness.run { (harness) async throws in
                #expect(try await harness.send(.GET, "/healthz").status == 200)
                let sockets = harness.acceptedSockets()
                #expect(!sockets.isEmpty)
                for socket in sockets {
                    let silence = option(TCP_KEEPIDLE, of: socket) + option(TCP_KEEPINTVL, of: socket) * option(TCP_KEEPCNT, of: socket)
                    #expect(silence == 120)
                    // Behind what it did not acknowledge nobody asks for signs of life; in milliseconds.
                    #expect(option(TCP_USER_TIMEOUT, of: socket) == 120_000)
                }
            }
        }

        private func option(_ name: CInt, of socket: CInt) -> CInt {
            var value: CInt = 0
            var size = socklen_t(MemoryLayout<CInt>.size)
            #expect(getsockopt(socket, CInt(IPPROTO_TCP), name, &value, &size) == 0)
            return value
        }
    #endif

    @Test func aRequestThatStallsIsAnsweredAndStoresNothing() async throws {
        var configuration = FrontConfiguration()
        configuration.limits.connections.clientPatience = .milliseconds(100)
        try await Harness.run(configuration: configuration) { (harness) async throws in
            let files = await harness.engine.files("streaming")
            let head = "POST /predict HTTP/1.1\r\nHost: localhost:\(harness.port)\r\n"
            for request in [head, "\(head)Content-Length: 100\r\n\r\n{\"data\":[\"1 2\"]}"] {
                let answer = try await harness.stallRaw(request)
                #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer.prefix(200))")
                #expect(answer.contains("\"code\":\"timed_out\""))
            }
            #expect(await harness.engine.files("streaming") == files)
        }
    }

    @Test func whoHoldsConnectionsShutsNobodyOut() async throws {
        var configuration = FrontConfiguration()
        configuration.limits.connections.countMax = 4
        configuration.limits.connections.idleMin = .milliseconds(500)
        try await Harness.run(configuration: configuration) { (harness) async throws in
            var held: [any Channel] = []
            for _ in 0..<4 {
                held.append(
                    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                        .connect(host: "127.0.0.1", port: harness.port).get())
            }
            // Within the client's patience of 60 s, the server's is the same.
            for _ in 0..<4 {
                let answer = try await harness.exchangeRaw("GET /healthz HTTP/1.1\r\nHost: localhost:\(harness.port)\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 200 "))
            }
            for channel in held {
                // The server has closed one of them.
                do { try await channel.close() } catch ChannelError.alreadyClosed {}
            }
        }
    }
}

extension Harness {
    /// What the kernel waits for on the front's side of a connection: `00` for nothing, `02` to ask for signs of life (proc(5),
    /// `/proc/net/tcp`).
    fileprivate func serverTimer() throws -> Substring? {
        let ending = ":" + String(port, radix: 16, uppercase: true)
        // To its end: the kernel says that it has no length.
        let list = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/net/tcp")).readToEnd() ?? Data()
        for line in String(decoding: list, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count > 5, fields[1].hasSuffix(ending), fields[3] == "01" { return fields[5].prefix(2) }
        }
        return nil
    }

    /// The front's ends of its connections: it runs in this process.
    fileprivate func acceptedSockets() -> [CInt] {
        (0..<1024).filter { descriptor in
            func port(_ name: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt) -> Int? {
                var address = sockaddr_in()
                var size = socklen_t(MemoryLayout<sockaddr_in>.size)
                let result = withUnsafeMutablePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name(descriptor, $0, &size) }
                }
                return result == 0 ? Int(UInt16(bigEndian: address.sin_port)) : nil
            }
            return port(getsockname) == self.port && port(getpeername) != nil
        }
    }
}
