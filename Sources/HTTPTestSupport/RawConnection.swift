internal import Glibc
internal import NIOCore
internal import NIOPosix

extension HTTPHarness {
    /// Sends bytes as they are, and returns what comes back until the server closes.
    /// - Parameter halfClose: tell the server that nothing more will come.
    public func exchangeRaw(_ request: String, halfClose: Bool = true) async throws -> String {
        let channel = try await rawConnection(sending: request)
        return try await channel.executeThenClose { inbound, outbound in
            do {
                if halfClose { outbound.finish() }
                var answer = ""
                for try await buffer in inbound { answer += String(buffer: buffer) }
                return answer
            } catch is IOError {
                // The server has closed with bytes of ours unread.
                return ""
            }
        }
    }

    /// Sends the beginning of a request, and returns what comes back. On a busy machine a connection's patience may end before its first bytes
    /// are read, and it is closed without a word: then anew.
    public func stallRaw(_ request: String) async throws -> String {
        for _ in 0..<20 {
            let answer = try await exchangeRaw(request, halfClose: false)
            if !answer.isEmpty { return answer }
        }
        return ""
    }

    /// Sends bytes as they are, waits until `ready`, and goes away: abruptly, or in good order.
    public func sendRaw(_ request: String, abruptly: Bool, ready: @escaping @Sendable () async -> Void) async throws {
        let channel = try await rawConnection(sending: request)
        try await channel.executeThenClose { _, _ in
            await ready()
            if abruptly {
                // With a zero linger, closing sends a reset instead of the end of the stream.
                guard let socket = channel.channel as? any SocketOptionProvider else { preconditionFailure("a connection is no socket") }
                try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            }
        }
    }

    private func rawConnection(sending request: String) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FirstBytes(request))
                    return try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
    }
}
