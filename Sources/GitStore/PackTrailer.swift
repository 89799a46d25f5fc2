import Model
import Storage
import Synchronization

/// The checksum of a pack that is being written, kept up while objects for it are hashed, beside them: so its SHA-1 costs little.
///
/// What was appended lately is in memory for this. Where nobody hashes objects for long, the pack is read back at its end instead.
final class PackTrailer: Sendable {
    /// From here on everyone who hashes an object waits to do this beside it.
    private static let lagMax = 4 << 20
    /// From here on the pack is read back.
    private static let heldByteCountMax = 16 << 20

    /// What all packs that are being written may hold together (invariant 8): the pack that would hold more is read back.
    final class Allowance: Sendable {
        static let shared = Allowance(byteCount: 128 << 20)

        private let left: Mutex<Int>

        init(byteCount: Int) {
            left = Mutex(byteCount)
        }

        func take(_ byteCount: Int) -> Bool {
            left.withLock { left in
                guard byteCount <= left else { return false }
                left -= byteCount
                return true
            }
        }

        func giveBack(_ byteCount: Int) {
            left.withLock { $0 += byteCount }
        }
    }

    /// What was appended and not hashed.
    private struct Recent {
        /// The oldest last.
        var pieces: [ArraySlice<UInt8>] = []
        var byteCount = 0
        /// Whether some of it is no longer held.
        var isLost = false
    }

    private struct Progress {
        var hash = RunningHash()
        var byteCount = 0
        var piece: ArraySlice<UInt8> = []
        /// How much of the piece is hashed.
        var position = 0
    }

    private let allowance: Allowance
    private let recent = Mutex(Recent())
    private let progress = Mutex(Progress())

    init(allowance: Allowance = .shared) {
        self.allowance = allowance
    }

    deinit {
        allowance.giveBack(recent.withLock { $0.byteCount })
    }

    /// Takes what comes next in the pack, its header first.
    func append(_ bytes: ArraySlice<UInt8>) {
        recent.withLock { recent in
            guard !recent.isLost else { return }
            if recent.byteCount + bytes.count <= Self.heldByteCountMax, allowance.take(bytes.count) {
                recent.pieces.insert(bytes, at: 0)
                recent.byteCount += bytes.count
            } else {
                allowance.giveBack(recent.byteCount)
                recent = Recent(isLost: true)
            }
        }
    }

    /// Hashes an object, and beside it as many bytes of the pack. Where another thread does so already, the object is hashed
    /// alone, as long as that one keeps up.
    func id(of kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) -> ObjectID {
        let lag = recent.withLock { $0.byteCount }
        if lag >= Self.lagMax { return progress.withLock { id(of: kind, bytes, &$0) } }
        if lag >= bytes.count, let id = progress.withLockIfAvailable({ id(of: kind, bytes, &$0) }) { return id }
        return ObjectHash.id(of: kind, bytes)
    }

    private func id(of kind: ObjectKind, _ bytes: UnsafeRawBufferPointer, _ progress: inout Progress) -> ObjectID {
        var hash = RunningHash(of: kind, byteCount: bytes.count)
        var rest = bytes
        while !rest.isEmpty, hasPiece(&progress) {
            let count = min(rest.count, progress.piece.count - progress.position)
            progress.piece.withUnsafeBytes { piece in
                let piece = piece.slice(progress.position..<progress.position + count)
                RunningHash.update(&hash, with: rest.slice(0..<count), &progress.hash, with: piece)
            }
            progress.position += count
            progress.byteCount += count
            rest = rest.slice(count..<rest.count)
        }
        hash.update(rest)
        return hash.finalize()
    }

    /// Takes up the next piece once all of the one before is hashed.
    private func hasPiece(_ progress: inout Progress) -> Bool {
        guard progress.position == progress.piece.count else { return true }
        guard
            let next = recent.withLock({ recent -> ArraySlice<UInt8>? in
                guard let next = recent.pieces.popLast() else { return nil }
                recent.byteCount -= next.count
                allowance.giveBack(next.count)
                return next
            })
        else { return false }
        progress.piece = next
        progress.position = 0
        return true
    }

    /// The checksum of the first `byteCount` bytes, which are all that was appended.
    /// - Parameter file: has them.
    func finish(_ file: File, byteCount: Int) throws(PachError) -> ObjectID {
        try progress.withLock { (progress) throws(PachError) in
            while hasPiece(&progress) {
                progress.piece.withUnsafeBytes { progress.hash.update($0.slice(progress.position..<$0.count)) }
                progress.byteCount += progress.piece.count - progress.position
                progress.position = progress.piece.count
            }
            let start = progress.byteCount
            try PackChecksum.read(file, start..<byteCount) { progress.hash.update($0) }
            return progress.hash.finalize()
        }
    }
}
