import Dispatch
import Foundation
import Synchronization

/// A few threads that deflate and append objects for all batches, so that one large file keeps all cores busy.
///
/// None waits for another one, so whoever waits for an object sees it done.
enum ObjectThreads {
    typealias Work = @Sendable () -> Void

    private struct State {
        /// Serial queues, of which each has a thread when it has work.
        var idle = (0..<ObjectThreads.count).map { DispatchQueue(label: "pach.object.\($0)") }
        /// For the next thread that is free, the oldest first: as many for a batch as there are threads, at most (invariant 8).
        var waiting: [Work] = []
    }

    /// As many as there are cores: the callers have enough to do with cutting.
    static let count = min(ProcessInfo.processInfo.activeProcessorCount, Limits.objectThreadCountMax)

    private static let state = Mutex(State())

    /// Runs `work` on one of the threads, once one is free.
    static func run(_ work: @escaping Work) {
        let free = state.withLock { state in
            let free = state.idle.popLast()
            if free == nil { state.waiting.append(work) }
            return free
        }
        if let free { run(work, on: free) }
    }

    /// The same, where one is free now.
    /// - Parameter group: is left when it is done.
    /// - Returns: whether one is; else it is for the caller to do.
    static func runNow(in group: DispatchGroup, _ work: @escaping Work) -> Bool {
        guard let free = state.withLock({ $0.idle.popLast() }) else { return false }
        group.enter()
        run(
            {
                work()
                group.leave()
            }, on: free)
        return true
    }

    private static func run(_ work: @escaping Work, on queue: DispatchQueue) {
        queue.async {
            work()
            let next = state.withLock { state in
                if state.waiting.isEmpty { state.idle.append(queue) }
                return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
            }
            if let next { run(next, on: queue) }
        }
    }
}
