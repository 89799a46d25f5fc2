/// Runs work that waits for the disk on a thread of its own, never on those that run tasks, which are few and must not wait.
///
/// At most `blockingThreadCountMax` run at a time; more wait for their turn.
public func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await threads.run(body)
}

/// Threads of `blocking`, over the process.
private let blockingThreadCountMax = 64

private let threads = BlockingThreads(countMax: blockingThreadCountMax)

/// Threads for one sort of work that waits, so that no other work waits for it.
public final class BlockingThreads: Sendable {
    private let pool: ThreadPool<@Sendable () -> Void>

    /// - Parameter countMax: so many run at a time; more wait for their turn.
    public init(countMax: Int) {
        pool = ThreadPool(threadCountMax: countMax) { $0() }
    }

    public func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            pool.add { continuation.resume(with: Result { try body() }) }
        }
    }
}
