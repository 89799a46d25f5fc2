internal import Glibc
internal import NIOCore
internal import NIOPosix

/// A server of bare bytes.
public enum RawServer {
    /// How it ends a connection.
    public enum End: Sendable {
        case inGoodOrder, byReset
    }

    /// Listens for as long as `body` takes. Of each connection it reads the head of a request, answers with `answer`, and ends it.
    public static func run(answer: String, end: End, _ body: @escaping @Sendable (_ url: String) async throws -> Void) async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        guard let port = listener.channel.localAddress?.port else { preconditionFailure("a listener has no port") }
        try await listener.executeThenClose { connections in
            try await withThrowingTaskGroup { tasks in
                tasks.addTask {
                    for try await connection in connections { try await serve(connection, answer, end) }
                }
                try await body("http://127.0.0.1:\(port)")
                tasks.cancelAll()
            }
        }
    }

    private static func serve(_ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ answer: String, _ end: End) async throws {
        try await connection.executeThenClose { inbound, outbound in
            var request = ""
            for try await buffer in inbound {
                request += String(buffer: buffer)
                if request.contains("\r\n\r\n") { break }
            }
            if !answer.isEmpty { try await outbound.write(ByteBuffer(string: answer)) }
            if end == .byReset {
                // With a zero linger, closing sends a reset instead of the end of the stream.
                guard let socket = connection.channel as? any SocketOptionProvider else { preconditionFailure("a connection is no socket") }
                try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            }
        }
    }
}
