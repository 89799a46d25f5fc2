import Model

/// Whether a history could have come about one operation after the other, each at some moment between its beginning and its end
/// (Herlihy, Wing: Linearizability: a correctness condition for concurrent objects, 1990).
///
/// Searches as Wing and Gong do, and remembers states that were tried as Lowe does (Testing for linearizability, 2017).
struct Linearizability {
    private struct State: Hashable {
        /// A bit for each operation that is done.
        var done: [UInt64]
        var head: CommitID?
    }

    private let operations: [History.Operation]
    private var tried: Set<State> = []

    static func holds(for history: [History.Operation], from head: CommitID?) -> Bool {
        var search = Linearizability(operations: history.sorted { $0.began < $1.began })
        return search.run(from: head)
    }

    private init(operations: [History.Operation]) {
        self.operations = operations
    }

    private mutating func run(from head: CommitID?) -> Bool {
        var open = [State(done: Array(repeating: 0, count: operations.count / 64 + 1), head: head)]
        while let state = open.popLast() {
            let next = candidates(in: state)
            if next.isEmpty { return true }
            for index in next {
                guard let head = Self.head(after: operations[index].action, on: state.head) else { continue }
                var following = state
                following.done[index / 64] |= 1 << UInt64(index % 64)
                following.head = head
                if tried.insert(following).inserted { open.append(following) }
            }
        }
        return false
    }

    /// The operations that may come next: those not done that began before any other that is not done had ended.
    private func candidates(in state: State) -> [Int] {
        var candidates: [Int] = []
        var firstEnd = Int.max
        for (index, operation) in operations.enumerated() where state.done[index / 64] & 1 << UInt64(index % 64) == 0 {
            guard operation.began < firstEnd else { break }
            firstEnd = min(firstEnd, operation.ended)
            candidates.append(index)
        }
        return candidates
    }

    /// - Returns: nil where the action cannot happen on that head.
    private static func head(after action: History.Action, on head: CommitID?) -> CommitID?? {
        switch action {
        case .read(let found): found == head ? .some(head) : nil
        case .move(let target): .some(target)
        case .commit(let id, let parent): parent == head ? .some(id) : nil
        }
    }
}
