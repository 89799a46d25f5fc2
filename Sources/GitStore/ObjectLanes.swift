import Dispatch
import Foundation
import Synchronization

/// A few threads that deflate and append objects for all batches, so that one large file keeps all cores busy.
///
/// Work never queues: where all lanes are busy the caller does it itself, so what is under way is bounded (invariant 8). No lane waits
/// for another one, so whoever waits for an object sees it done.
enum ObjectLanes {
    /// Serial queues, of which each has a thread when it has work. As many as there are cores: the caller has enough to do with cutting.
    private static let idle = Mutex<[DispatchQueue]>(
        (0..<min(ProcessInfo.processInfo.activeProcessorCount, Limits.laneCountMax)).map { number in
            DispatchQueue(label: "pach.object.\(number)")
        })

    /// A lane that is taken until it has run something.
    struct Lane {
        fileprivate let queue: DispatchQueue

        func run(in group: DispatchGroup, _ work: @escaping @Sendable () -> Void) {
            queue.async(group: group) { [queue] in
                work()
                idle.withLock { $0.append(queue) }
            }
        }
    }

    /// - Returns: nil where all are busy.
    static func take() -> Lane? {
        idle.withLock { $0.popLast() }.map(Lane.init)
    }
}
