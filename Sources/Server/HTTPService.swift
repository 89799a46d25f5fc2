public import Logging
public import Operations
public import ServiceLifecycle
import Web

/// Makes a server of `operations`; it listens once it is run.
///
/// On graceful shutdown it accepts no more connections, ends event streams and waits at once, lets other requests finish for
/// `limits.connections.stopPatience`, and then cancels them. `operations` is not closed.
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
        let dispatcher = Dispatcher(operations: operations, configuration: configuration, logger: logger)
        let listener = HTTPListener(
            configuration.address, limits: configuration.limits.connections, logger: logger, onListening: onListening
        ) { request, writer, channel in
            try await dispatcher.respond(to: request, writer: writer, channel: channel)
        }
        try await withStopPatience(configuration.limits.connections.stopPatience, listener.run)
    }
}
