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

/// Objects that wait for a thread which stores them.
final class NamedObjects: Sendable {
    private let objects = Mutex<[NamedObject]>([])

    func append(_ object: NamedObject) {
        objects.withLock { $0.append(object) }
    }

    /// The oldest, which is then the caller's to store; nil where none waits.
    func next() -> NamedObject? {
        objects.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
}
