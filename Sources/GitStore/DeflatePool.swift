import Dispatch
import Foundation
import Synchronization

/// A few threads that hash and deflate for all batches, so that one large file keeps all cores busy.
///
/// Work never queues: where all lanes are busy the caller does it itself. So nothing waits for a lane, which could be
/// syncing a pack, and what is under way is bounded (invariant 8).
enum DeflatePool {
    /// Serial queues, of which each has a thread when it has work. As many as there are cores: the caller has enough to do with cutting.
    private static let idle = Mutex<[DispatchQueue]>(
        (0..<min(ProcessInfo.processInfo.activeProcessorCount, Limits.deflateThreadCountMax)).map { number in
            DispatchQueue(label: "pach.deflate.\(number)")
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
    static func takeLane() -> Lane? {
        idle.withLock { $0.popLast() }.map(Lane.init)
    }
}
