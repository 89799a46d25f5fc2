/// Runs work that waits for the disk on a thread of its own, never on those that run tasks, which are few and must not wait.
///
/// At most 64 run at a time; more wait for their turn.
public func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        threads.add { continuation.resume(with: Result { try body() }) }
    }
}

private let threads = ThreadPool<@Sendable () -> Void>(threadCountMax: 64) { $0() }
