import Model
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
