import Model
import Synchronization

/// The commits of the requests that came last: what saves looking most of them up.
final class RecentRequests: Sendable {
    private struct State {
        var commits: [RequestName: CommitID] = [:]
        /// A ring of the names, oldest at `next` once it is full.
        var ring: [RequestName] = []
        var next = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: at least 1; beyond it the oldest is forgotten.
    init(capacity: Int) {
        precondition(capacity > 0, "there is room for one request at least")
        self.capacity = capacity
    }

    subscript(name: RequestName) -> CommitID? {
        state.withLock { $0.commits[name] }
    }

    /// What is remembered of others stays.
    func forget(_ names: [RequestName]) {
        state.withLock { state in
            // Their places in the ring come free in their turn.
            for name in names { state.commits[name] = nil }
        }
    }

    func insert(_ placed: CommitLane.Placed) {
        state.withLock { state in
            guard state.commits.updateValue(placed.commit, forKey: placed.name) == nil else { return }
            if state.ring.count < capacity {
                state.ring.append(placed.name)
            } else {
                state.commits[state.ring[state.next]] = nil
                state.ring[state.next] = placed.name
                state.next = (state.next + 1) % capacity
            }
        }
    }
}
