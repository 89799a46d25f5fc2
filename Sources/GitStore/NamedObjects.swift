import Dispatch
import Files
import Model
import Storage
import Synchronization

/// An object that has its name, and is yet to be stored.
struct NamedObject: Sendable {
    let id: ObjectID
    let kind: ObjectKind
    let bytes: ByteSlice
    /// Told of the object's name once it is stored.
    let stored: Promise<Result<ObjectID, PachError>>
    let slot: Slots.Slot
}

/// Objects of a batch that wait for a thread which stores them.
final class NamedObjects: Sendable {
    private struct State {
        var objects: [NamedObject] = []
        /// Threads of the pool that are on their way to them, or at one of them.
        var threadCount = 0
    }

    private let state = Mutex(State())
    /// Objects that were taken and are not stored.
    private let storing = DispatchGroup()

    /// - Returns: whether one more thread of the pool is to come.
    func append(_ object: NamedObject) -> Bool {
        state.withLock { state in
            state.objects.append(object)
            guard state.threadCount < ObjectThreads.count else { return false }
            state.threadCount += 1
            return true
        }
    }

    /// Has `store` store the oldest, where one waits.
    /// - Parameter isThread: whether the caller is a thread of the pool, which was told to come. It is to come again, unless none waits.
    /// - Returns: whether one waited.
    func storeNext(isThread: Bool = false, _ store: (NamedObject) -> Void) -> Bool {
        let object: NamedObject? = state.withLock { state in
            if state.objects.isEmpty {
                if isThread { state.threadCount -= 1 }
                return nil
            }
            // Whoever waits until all is stored sees it in the list or in the group.
            storing.enter()
            return state.objects.removeFirst()
        }
        guard let object else { return false }
        store(object)
        storing.leave()
        return true
    }

    /// Returns when those are stored that others took.
    func waitForTaken() {
        storing.wait()
    }
}
