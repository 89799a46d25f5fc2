import HTTPTestSupport
import NIOCore
import NIOPosix
import Testing
import Web

@testable import Server

/// More clients than there may be connections, by real sockets.
@Suite struct ConnectionLimitTests {
    private static let countMax = 4

    private func limits(idleMin: Duration) -> ServerConfiguration.Limits {
        var limits = ServerConfiguration.Limits()
        limits.connections.countMax = Self.countMax
        limits.connections.idleMin = idleMin
        return limits
    }

    /// Connects and sends bytes.
    private func hold(_ harness: Harness, sending bytes: String, count: Int = countMax) async throws -> [any Channel] {
        var channels: [any Channel] = []
        for _ in 0..<count {
            let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(FirstBytes(bytes)) }
            }
            channels.append(try await bootstrap.connect(host: "127.0.0.1", port: harness.port).get())
        }
        return channels
    }

    private func close(_ channels: [any Channel]) async throws {
        for channel in channels {
            // The server has closed some of them.
            do { try await channel.close() } catch ChannelError.alreadyClosed {}
        }
    }

    @Test("who holds connections without a request shuts nobody out", arguments: ["nothing", "half a head", "kept alive", "refused body"])
    func idleConnectionsMakeRoom(kind: String) async throws {
        try await Harness.run(limits: limits(idleMin: .seconds(1))) { harness in
            let host = "Host: localhost:\(harness.port)\r\n"
            let bytes =
                switch kind {
                case "half a head": "GET /healthz HTTP/1.1\r\nHost: loc"
                case "kept alive": "GET /healthz HTTP/1.1\r\n\(host)\r\n"
                case "refused body": "PUT /v1/repos/r/commits/master/files/f HTTP/1.1\r\n\(host)Content-Length: 9\r\n\r\nhalf"
                default: ""
                }
            let held = try await hold(harness, sending: bytes)
            // Each by a connection of its own, and each within the client's patience of 30 s; the server's is a minute.
            for _ in 0..<8 {
                let answer = try await harness.exchangeRaw("GET /healthz HTTP/1.1\r\n\(host)Connection: close\r\n\r\n", halfClose: false)
                #expect(answer.hasPrefix("HTTP/1.1 200 "))
            }
            try await close(held)
        }
    }

    @Test("requests at work are left alone, and the next client waits for one of them")
    func requestsAtWorkStay() async throws {
        try await Harness.run(limits: limits(idleMin: .seconds(1))) { harness in
            var events = harness.engine.events.makeAsyncIterator()
            let host = "Host: localhost:\(harness.port)\r\n"
            let wait = "GET /v1/repos/r/commits/forever?wait HTTP/1.1\r\n\(host)Authorization: Bearer \(Harness.token)\r\n\r\n"
            var atWork = try await hold(harness, sending: wait, count: Self.countMax - 1)
            for _ in atWork { #expect(await events.next() == "waits") }
            let idle = try await hold(harness, sending: "", count: 1)
            let request = "GET /healthz HTTP/1.1\r\n\(host)Connection: close\r\n\r\n"
            for _ in 0..<4 {
                let answer = try await harness.exchangeRaw(request, halfClose: false)
                #expect(answer.hasPrefix("HTTP/1.1 200 "))
            }
            // The idle one went; of those at work none did, or the next event would be that it was cancelled.
            atWork += try await hold(harness, sending: wait, count: 1)
            #expect(await events.next() == "waits")
            try await withThrowingTaskGroup { group in
                group.addTask {
                    let answer = try await harness.exchangeRaw(request, halfClose: false)
                    #expect(answer.hasPrefix("HTTP/1.1 200 "))
                }
                try await atWork.removeFirst().close()
                #expect(await events.next() == "cancelled")
                try await group.waitForAll()
            }
            try await close(idle + atWork)
        }
    }

    @Test(
        "who holds connections with slow uploads shuts nobody out, and requests that wait for us are left alone",
        .timeLimit(.minutes(5)))
    func slowRequestsMakeRoom() async throws {
        var limits = limits(idleMin: .seconds(1))
        // Every upload that has sent something is slow.
        limits.connections.crowdedPatience = .zero
        limits.connections.clientPatience = .seconds(3600)
        try await Harness.run(limits: limits) { harness in
            var events = harness.engine.events.makeAsyncIterator()
            let head = "Host: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n"
            let waiting = try await hold(harness, sending: "GET /v1/repos/r/commits/forever?wait HTTP/1.1\r\n\(head)\r\n", count: 1)
            #expect(await events.next() == "waits")
            let upload = "PUT /v1/repos/r/commits/master/files/f HTTP/1.1\r\n\(head)Content-Length: 20000\r\n\r\nhalf"
            let slow = try await hold(harness, sending: upload, count: Self.countMax - 1)
            for _ in 0..<8 {
                let answer = try await harness.exchangeRaw("GET /healthz HTTP/1.1\r\n\(head)Connection: close\r\n\r\n", halfClose: false)
                #expect(answer.hasPrefix("HTTP/1.1 200 "))
            }
            #expect(waiting[0].isActive)
            try await close(waiting + slow)
        }
    }

    @Test("more clients than places, all busy: each is answered, also those whose request is still on its way")
    func burst() async throws {
        try await Harness.run(limits: limits(idleMin: .seconds(60))) { harness in
            let host = "Host: localhost:\(harness.port)\r\n"
            try await withThrowingTaskGroup { group in
                for _ in 0..<64 {
                    group.addTask {
                        let answer = try await harness.exchangeRaw(
                            "GET /healthz HTTP/1.1\r\n\(host)Connection: close\r\n\r\n", halfClose: false)
                        #expect(answer.hasPrefix("HTTP/1.1 200 "))
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
