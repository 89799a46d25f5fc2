internal import Dispatch

/// Runs work that waits for the disk on a thread of its own, never on the cooperative pool, whose few threads must not wait.
public func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        lanes.async { continuation.resume(with: Result { try body() }) }
    }
}

private let lanes = DispatchQueue(label: "pach.blocking", attributes: .concurrent)
