internal import Glibc

/// State that several threads share, and that they wait for to change (C. A. R. Hoare, Monitors, CACM 1974; `pthread_cond_wait(3)`).
final class Monitor<State>: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    init(_ state: State) {
        self.state = state
        pthread_mutex_init(lock, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(lock)
        changed.deallocate()
        lock.deallocate()
    }

    func withLock<Value>(_ body: (inout State) throws -> Value) rethrows -> Value {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return try body(&state)
    }

    /// What `body` finds; asked again after each signal until it finds something, and at the latest when the instant comes that
    /// `deadline` names, in nanoseconds of `CLOCK_MONOTONIC`.
    func waiting<Value>(for body: (inout State) -> Value?, until deadline: (State) -> UInt64? = { _ in nil }) -> Value {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while true {
            // Each access to the state ends before the wait, in which others change it.
            if let value = body(&state) { return value }
            if let due = deadline(state) {
                var time = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
                pthread_cond_timedwait(changed, lock, &time)
            } else {
                pthread_cond_wait(changed, lock)
            }
        }
    }

    /// Wakes one of those that wait.
    func signal() {
        pthread_cond_signal(changed)
    }
}
