import Model
import Synchronization

/// What clients did to one branch, and when: each operation began and ended at a moment of a clock that all share.
final class History: Sendable {
    enum Action: Sendable {
        /// The branch was read, and its head was this.
        case read(CommitID?)
        /// The branch was moved to a commit.
        case move(CommitID)
        /// A commit was made on the head that the branch had, and became its head.
        case commit(CommitID, parent: CommitID?)
    }

    struct Operation: Sendable {
        var action: Action
        var began: Int
        var ended: Int
    }

    private let clock = Atomic(0)
    private let recorded = Mutex<[Operation]>([])

    var operations: [Operation] { recorded.withLock { $0 } }

    /// Does and records one operation. One that throws must have changed nothing, and is left out.
    func record(_ body: () async throws -> Action) async throws {
        let began = clock.add(1, ordering: .sequentiallyConsistent).newValue
        let action = try await body()
        let ended = clock.add(1, ordering: .sequentiallyConsistent).newValue
        recorded.withLock { $0.append(Operation(action: action, began: began, ended: ended)) }
    }
}
