import Dispatch
import Foundation
import Synchronization

/// A few threads that deflate and append objects for all batches, so that one large file keeps all cores busy.
///
/// None waits for another one, so whoever waits for an object sees it done.
enum ObjectThreads {
    private struct Work {
        let group: DispatchGroup
        let body: @Sendable () -> Void
    }

    private struct State {
        /// Serial queues, of which each has a thread when it has work. As many as there are cores: the callers have enough to do with cutting.
        var idle = (0..<min(ProcessInfo.processInfo.activeProcessorCount, Limits.objectThreadCountMax)).map { number in
            DispatchQueue(label: "pach.object.\(number)")
        }
        /// For the next thread that is free, the oldest first. Callers bound it (invariant 8).
        var waiting: [Work] = []
    }

    private static let state = Mutex(State())

    /// Runs `body` on one of the threads, once one is free.
    /// - Parameter group: is left when it is done.
    static func run(in group: DispatchGroup, _ body: @escaping @Sendable () -> Void) {
        group.enter()
        let work = Work(group: group, body: body)
        let free = state.withLock { state in
            let free = state.idle.popLast()
            if free == nil { state.waiting.append(work) }
            return free
        }
        if let free { run(work, on: free) }
    }

    /// The same, where one is free now.
    /// - Returns: whether one is; else it is for the caller to do.
    static func runNow(in group: DispatchGroup, _ body: @escaping @Sendable () -> Void) -> Bool {
        guard let free = state.withLock({ $0.idle.popLast() }) else { return false }
        group.enter()
        run(Work(group: group, body: body), on: free)
        return true
    }

    private static func run(_ work: Work, on queue: DispatchQueue) {
        queue.async {
            work.body()
            work.group.leave()
            let next = state.withLock { state in
                if state.waiting.isEmpty { state.idle.append(queue) }
                return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
            }
            if let next { run(next, on: queue) }
        }
    }
}
