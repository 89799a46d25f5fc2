package import Logging
package import ServiceLifecycle
import Threads
import UnixSignals

/// Runs services until one of them ends or the process is told to stop (SIGTERM, SIGINT); then closes what they used, and gives whoever reads
/// the log a moment for its last lines.
///
/// - Parameters:
///   - services: the last one is the first to be told to stop.
///   - logger: writes to `log`.
///   - preparing: comes first; where it fails, no service is run.
/// - Throws: what failed first; what fails to close after that is hardly the cause.
package func runServices(
    _ services: [ServiceGroupConfiguration.ServiceConfiguration], logger: Logger, log: LogStream,
    preparing: () async throws -> Void = {}, closing: () async throws -> Void
) async throws {
    let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    var failure: (any Error)?
    do {
        try await preparing()
        try await group.run()
    } catch {
        failure = error
    }
    do {
        try await closing()
    } catch {
        failure = failure ?? error
    }
    try await blocking { log.flush(patience: .seconds(1)) }
    if let failure { throw failure }
}
