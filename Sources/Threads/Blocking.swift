/// Runs work that waits for the disk on a thread of its own, never on those that run tasks, which are few and must not wait.
///
/// At most 64 run at a time; more wait for their turn.
public func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await BlockingThreads.common.run(body)
}

/// Threads for one sort of work that waits, so that no other work waits for it.
public final class BlockingThreads: Sendable {
    /// Those of `blocking`, over the process.
    static let common = BlockingThreads(countMax: 64)

    private let pool: ThreadPool<@Sendable () -> Void>

    /// - Parameter countMax: so many run at a time; more wait for their turn.
    public init(countMax: Int) {
        pool = ThreadPool(threadCountMax: countMax) { $0() }
    }

    public func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, Failure>, Never>) in
            pool.add { continuation.resume(returning: Result(catching: body)) }
        }
        return try result.get()
    }

    /// Runs `body`, which has to ask from time to time, and to end where the task's cancellation is requested.
    public func run<Value: Sendable>(_ body: @escaping @Sendable (Cancellation) throws -> Value) async throws -> Value {
        let cancellation = Cancellation()
        return try await withTaskCancellationHandler {
            try await run { try body(cancellation) }
        } onCancel: {
            cancellation.request()
        }
    }
}
