import NIOCore
import NIOPosix
import Testing

@testable import RecommenderService

/// Bodies that are not HTTP, as they come by a real socket.
@Suite struct MalformedBodyTests {
    @Test(arguments: [
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n4\r\n{}",
        "Content-Length: 100\r\n\r\n{\"data\":[\"1 2\"]}",
    ]) func aBodyThatBreaksOffIsTheClientsMistake(rest: String) async throws {
        try await Harness.run { (harness) async throws in
            let files = await harness.engine.files("streaming")
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .connect(host: "127.0.0.1", port: harness.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                    }
                }
            let answer = try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: "POST /predict HTTP/1.1\r\nHost: localhost:\(harness.port)\r\n\(rest)"))
                outbound.finish()
                var answer = ""
                for try await piece in inbound { answer += String(buffer: piece) }
                return answer
            }
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(200))")
            #expect(answer.contains("\"code\":\"invalid_argument\""))
            #expect(await harness.engine.files("streaming") == files)
        }
    }
}
