import Model
import Storage
import Synchronization

/// Against which object each recent version of a listing was written as a delta.
///
/// All versions of one listing are deltas to the same one, so that reading any of them costs one delta; it is replaced when these deltas
/// together have become as long as it is itself, which keeps both small: for an edit of `u` bytes and a listing of `w` each commit takes
/// about √(2wu) bytes. What is forgotten here only makes the next version a base earlier than need be.
final class DeltaBases: Sendable {
    struct Basis {
        var base: ObjectID
        /// Bytes of all deltas to the base so far.
        var spentByteCount: Int
    }

    private let known = Mutex<[ObjectID: Basis]>([:])
    /// Listings that are remembered at most.
    private static let countMax = 4096

    /// What to make a delta to, for a version of `byteCount` bytes that was made from `other`.
    func basis(for other: ObjectID, byteCount: Int) -> Basis {
        let basis = known.withLock { $0[other] }
        // Listings shrink to half, for they are ids in one half.
        if let basis, basis.spentByteCount < byteCount / 2 { return basis }
        return Basis(base: other, spentByteCount: 0)
    }

    func note(_ id: ObjectID, _ basis: Basis) {
        known.withLock { known in
            if known.count >= Self.countMax { known.removeAll(keepingCapacity: true) }
            known[id] = basis
        }
    }
}

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
