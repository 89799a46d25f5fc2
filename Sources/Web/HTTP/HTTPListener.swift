package import HummingbirdCore
package import Logging
package import Model
import NIOCore
import NIOPosix
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Accepts connections, and keeps them within `limits`, until it is told to stop; then lets requests finish.
package struct HTTPListener: Sendable {
    private let address: ListenAddress
    private let limits: ConnectionLimits
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void
    private let respond: HTTP1Channel.Responder

    /// - Parameters:
    ///   - onListening: called with the port, once connections are accepted.
    ///   - respond: answers a request. It runs on the connection's event loop, which other connections need too (`leavingLoop`).
    package init(
        _ address: ListenAddress, limits: ConnectionLimits, logger: Logger, onListening: @escaping @Sendable (_ port: Int) async -> Void,
        respond: @escaping HTTP1Channel.Responder
    ) {
        self.address = address
        self.limits = limits
        self.logger = logger
        self.onListening = onListening
        self.respond = respond
    }

    /// - Throws: `conflict` where somebody else listens there, `io` for all else that keeps it from listening.
    package func run() async throws {
        do {
            try await makeServer().run()
        } catch let error as IOError {
            guard error.errnoCode == EADDRINUSE else {
                throw PachError(.io, "Could not listen on \(address)", cause: String(cString: strerror(error.errnoCode)))
            }
            throw PachError(
                .conflict, "Could not listen on \(address): another process listens there",
                hint: "Stop that one, or choose another port with --listen HOST:PORT; port 0 takes any free one.")
        } catch let error as SocketAddressError.UnknownHost {
            throw PachError(
                .io, "Could not listen on \(address)", cause: error.errorDescription,
                hint: "Name an address of this machine; 127.0.0.1 is for itself alone, 0.0.0.0 stands for all.")
        }
    }

    // Not Hummingbird's `Application`: that keeps a clock for the Date header ticking each second, also when nobody asks.
    private func makeServer() -> any Service {
        let loops = MultiThreadedEventLoopGroup.singleton
        let connectionLimit = ConnectionLimit(limits.countMax, idleMin: limits.idleMin, loop: loops.any())
        let http = HTTP1Channel(
            responder: respond,
            configuration: .init(
                additionalChannelHandlers: [ClientPatience(limits), FailedHeads(), ConnectionPlace(connectionLimit)],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerByteCountMax, maxHeaderListSize: limits.headerByteCountMax)))
        return KeptAlive(http: http).server(
            configuration: .init(address: .hostname(address.host, port: address.port), availableConnectionsDelegate: connectionLimit),
            onServerRunning: { await onListening($0.localAddress?.port ?? address.port) },
            eventLoopGroup: loops, logger: logger)
    }
}
