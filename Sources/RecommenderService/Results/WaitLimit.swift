import Model
import Synchronization

/// Lets a bounded number of clients wait at a time; further ones are sent away.
final class WaitLimit: Sendable {
    private let countMax: Int
    private let count = Mutex(0)

    init(_ countMax: Int) {
        self.countMax = countMax
    }

    /// - Throws: `overloaded` where so many wait already, and what `wait` throws.
    func pass<Value: Sendable>(_ wait: () async throws -> Value) async throws -> Value {
        try count.withLock { count throws(PachError) in
            guard count < countMax else {
                throw PachError(.overloaded, "\(count) clients wait for results already", hint: "Ask without 'wait', or in a moment.")
            }
            count += 1
        }
        defer { count.withLock { $0 -= 1 } }
        return try await wait()
    }
}
