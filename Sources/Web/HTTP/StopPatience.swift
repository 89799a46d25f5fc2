internal import ServiceLifecycle

/// Runs a service's work to its end. Once a graceful shutdown has begun it may take `patience` more, and is then cancelled.
package func withStopPatience(_ patience: Duration, _ work: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup { group in
        group.addTask(operation: work)
        group.addTask {
            do {
                try await gracefulShutdown()
                try await Task.sleep(for: patience)
            } catch is CancellationError {
                // The work has ended, or we are cancelled as a whole.
            }
        }
        defer { group.cancelAll() }
        try await group.next()
    }
}
