internal import Synchronization

/// Tells work that blocks, and so runs outside of the task that waits for it, that this task was cancelled.
public final class Cancellation: Sendable {
    private let requested = Atomic(false)

    public init() {}

    public var isRequested: Bool { requested.load(ordering: .relaxed) }

    public func request() {
        requested.store(true, ordering: .relaxed)
    }

    /// - Throws: `CancellationError` where it was requested.
    public func check() throws {
        if isRequested { throw CancellationError() }
    }

    /// Runs `body` as `blocking` does. It has to ask from time to time, and to end where cancellation is requested.
    public static func blocking<Value: Sendable>(_ body: @escaping @Sendable (Cancellation) throws -> Value) async throws -> Value {
        try await BlockingThreads.common.run(body)
    }
}
