import Model
import Storage
import Synchronization

/// Objects that deltas of packs refer to, as they were last read: the next version of the listing refers to the same (git-config(1),
/// `core.deltaBaseCacheLimit`). Each was compared with its id: what one pack has hits no other.
final class DeltaBaseCache: Sendable {
    /// Bytes that are kept (invariant 8).
    private static let byteCountMax = 16 << 20

    private let objects = Mutex<[(id: ObjectID, object: StoredObject)]>([])

    func find(_ id: ObjectID) -> StoredObject? {
        objects.withLock { objects in
            guard let place = objects.lastIndex(where: { $0.id == id }) else { return nil }
            let found = objects.remove(at: place)
            objects.append(found)
            return found.object
        }
    }

    func insert(_ id: ObjectID, _ object: StoredObject) {
        objects.withLock { objects in
            objects.removeAll { $0.id == id }
            objects.append((id, object))
            while objects.reduce(0, { $0 + $1.object.bytes.count }) > Self.byteCountMax { objects.removeFirst() }
        }
    }
}
