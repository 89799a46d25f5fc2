import HummingbirdCore
import Logging
import Model
import NIOCore
import NIOPosix
import ServiceLifecycle
import Web

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Accepts connections until it is told to stop; then lets requests finish.
struct Listener: Sendable {
    let dispatcher: Dispatcher
    let configuration: FrontConfiguration
    let logger: Logger
    let onListening: @Sendable (Int) async -> Void

    func run() async throws {
        do {
            try await makeServer().run()
        } catch let error as IOError {
            throw PachError(
                error.errnoCode == EADDRINUSE ? .conflict : .io, "Could not listen on \(configuration.host):\(configuration.port)",
                cause: "\(error)", hint: error.errnoCode == EADDRINUSE ? "Choose another port with --listen HOST:PORT." : nil)
        }
    }

    // Not Hummingbird's `Application`: that wakes each second to renew the Date header, also when nobody asks.
    private func makeServer() -> any Service {
        let limits = configuration.limits
        let loops = MultiThreadedEventLoopGroup.singleton
        let connectionLimit = ConnectionLimit(limits.connectionCountMax, idleMin: limits.connectionIdleMin, loop: loops.any())
        let channel = HTTP1Channel(
            responder: { request, writer, channel in
                try await dispatcher.respond(to: request, writer: writer, port: channel.localAddress?.port ?? 0)
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
        return channel.server(
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: connectionLimit),
            onServerRunning: { await onListening($0.localAddress?.port ?? configuration.port) },
            eventLoopGroup: loops, logger: logger)
    }
}
