internal import Synchronization
internal import Threads

/// Tells work that blocks, and so runs outside of the task that waits for it, that this task was cancelled.
final class Cancellation: Sendable {
    private let requested = Atomic(false)

    var isRequested: Bool { requested.load(ordering: .relaxed) }

    func request() {
        requested.store(true, ordering: .relaxed)
    }

    /// Runs `body` as `blocking` does. It has to ask from time to time, and to end where cancellation is requested.
    static func blocking<Value: Sendable>(_ body: @escaping @Sendable (Cancellation) throws -> Value) async throws -> Value {
        let cancellation = Cancellation()
        return try await withTaskCancellationHandler {
            try await Threads.blocking { try body(cancellation) }
        } onCancel: {
            cancellation.request()
        }
    }
}
