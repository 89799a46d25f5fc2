import HummingbirdCore
public import Logging
import Model
import NIOCore
import NIOPosix
public import Operations
public import ServiceLifecycle
import Web

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Makes a server of `operations`; it listens once it is run.
///
/// On graceful shutdown it accepts no more connections, ends event streams and waits at once, lets other requests finish for
/// `limits.stopPatience`, and then cancels them. `operations` is not closed.
///
/// - Parameter onListening: called with the port, once connections are accepted.
public func makeServer(
    operations: any Operations, configuration: ServerConfiguration, logger: Logger,
    onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
) -> some Service {
    HTTPService(operations: operations, configuration: configuration, logger: logger, onListening: onListening)
}

struct HTTPService: Service {
    let operations: any Operations
    let configuration: ServerConfiguration
    let logger: Logger
    let onListening: @Sendable (Int) async -> Void

    func run() async throws {
        let server = makeHTTPServer()
        try await withStopPatience(configuration.limits.stopPatience) { try await listen(server) }
    }

    private func listen(_ server: any Service) async throws {
        do {
            try await server.run()
        } catch let error as IOError {
            throw PachError(
                error.errnoCode == EADDRINUSE ? .conflict : .io, "Could not listen on \(configuration.host):\(configuration.port)",
                cause: "\(error)", hint: error.errnoCode == EADDRINUSE ? "Choose another port with --listen HOST:PORT." : nil)
        }
    }

    // Not Hummingbird's `Application`: that keeps a clock for the Date header ticking each second, also when nobody asks.
    private func makeHTTPServer() -> any Service {
        let limits = configuration.limits
        let loops = MultiThreadedEventLoopGroup.singleton
        let connectionLimit = ConnectionLimit(limits.connectionCountMax, idleMin: limits.connectionIdleMin, loop: loops.any())
        let dispatcher = Dispatcher(operations: operations, configuration: configuration, logger: logger)
        let http = HTTP1Channel(
            responder: { request, writer, channel in
                try await dispatcher.respond(to: request, writer: writer, channel: channel)
            },
            configuration: .init(
                additionalChannelHandlers: [
                    ClientPatience(
                        limits.clientPatience, byteRateMin: limits.clientByteRateMin,
                        crowdedPatience: limits.crowdedPatience, crowdedByteRateMin: limits.crowdedByteRateMin),
                    FailedHeads(), ConnectionPlace(connectionLimit),
                ],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerByteCountMax, maxHeaderListSize: limits.headerByteCountMax)))
        return KeptAlive(http: http).server(
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: connectionLimit),
            onServerRunning: { await onListening($0.localAddress?.port ?? configuration.port) },
            eventLoopGroup: loops, logger: logger)
    }
}
