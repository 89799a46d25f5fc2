import Dispatch
import Synchronization

/// A value that one thread makes, and others wait for.
final class Promise<Value: Sendable>: Sendable {
    private let made = DispatchGroup()
    private let held = Mutex<Value?>(nil)

    init() {
        made.enter()
    }

    deinit {
        // Nobody waits any more, and a group that was entered stays in memory until it is left.
        if !isFulfilled { made.leave() }
    }

    /// To be called once.
    func fulfill(_ value: Value) {
        held.withLock { $0 = value }
        made.leave()
    }

    var isFulfilled: Bool { held.withLock { $0 != nil } }

    /// Waits for it.
    var value: Value {
        made.wait()
        guard let value = held.withLock({ $0 }) else { preconditionFailure("a promise is fulfilled once") }
        return value
    }
}
