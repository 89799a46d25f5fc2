import Dispatch
import Storage

/// Bounds how much of something is under way, over all threads (invariant 8).
final class Slots: Sendable {
    /// One of the slots, taken until nobody has it any more.
    final class Slot: Sendable {
        private let semaphore: DispatchSemaphore

        fileprivate init(_ semaphore: DispatchSemaphore) {
            self.semaphore = semaphore
        }

        deinit {
            semaphore.signal()
        }
    }

    private let semaphore: DispatchSemaphore

    init(count: Int) {
        semaphore = DispatchSemaphore(value: count)
    }

    /// Waits until a slot is free. Those that have one may wait to be hashed.
    func take() -> Slot {
        takeIfFree()
            ?? HashLanes.shared.awaiting {
                semaphore.wait()
                return Slot(semaphore)
            }
    }

    /// Nil where none is free now.
    func takeIfFree() -> Slot? {
        semaphore.wait(timeout: .now()) == .success ? Slot(semaphore) : nil
    }
}
