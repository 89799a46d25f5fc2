import Files
import Model
import Storage
import Synchronization

/// The checksum of a pack that is being written, kept up while objects for it are hashed, beside them: so its SHA-1 costs little.
///
/// What was appended lately is in memory for this. Where nobody hashes objects for long, the pack is read back at its end instead.
final class PackTrailer: Sendable {
    /// From here on, and from half of what may be held, everyone who hashes an object waits to do this beside it. Where nobody did until then,
    /// small objects alone come, and the pack is read back.
    static let lagMax = 4 << 20
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
        var pieces: [ByteSlice] = []
        var byteCount = 0
        /// For how many pieces an array is in memory, that which is being hashed included; by its place there.
        private var holdCounts: [UInt: Int] = [:]
        /// Bytes of all these arrays, each of them whole, however little of it waits.
        private(set) var heldByteCount = 0
        /// Whether somebody hashes it.
        private var isTaken = false
        /// Whether some of it is no longer held.
        var isLost = false

        var isFarBehind: Bool { byteCount >= lagMax || heldByteCount >= heldByteCountMax / 2 }

        var isOfNoUse: Bool { !isTaken && byteCount >= lagMax }

        /// How many more bytes are held with the piece.
        func addedByteCount(_ piece: ByteSlice) -> Int { holdCounts[piece.address] == nil ? piece.array.count : 0 }

        mutating func append(_ piece: ByteSlice) {
            heldByteCount += addedByteCount(piece)
            holdCounts[piece.address, default: 0] += 1
            pieces.insert(piece, at: 0)
            byteCount += piece.count
        }

        /// The oldest piece. It is held until it is released.
        mutating func takeFirst() -> ByteSlice? {
            isTaken = true
            guard let piece = pieces.popLast() else { return nil }
            byteCount -= piece.count
            return piece
        }

        /// - Returns: how many bytes are no longer held.
        mutating func release(_ piece: ByteSlice) -> Int {
            let count = holdCounts[piece.address, default: 1] - 1
            holdCounts[piece.address] = count > 0 ? count : nil
            guard count == 0 else { return 0 }
            heldByteCount -= piece.array.count
            return piece.array.count
        }
    }

    private struct Progress {
        var hash = RunningHash()
        var byteCount = 0
        var piece: ByteSlice?
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
        allowance.giveBack(recent.withLock { $0.heldByteCount })
    }

    /// Takes what comes next in the pack, its header first.
    func append(_ piece: ByteSlice) {
        recent.withLock { recent in
            guard !recent.isLost else { return }
            let added = recent.addedByteCount(piece)
            if !recent.isOfNoUse, recent.heldByteCount + added <= Self.heldByteCountMax, allowance.take(added) {
                recent.append(piece)
            } else {
                while let piece = recent.takeFirst() { allowance.giveBack(recent.release(piece)) }
                recent.isLost = true
            }
        }
    }

    /// Hashes an object, and beside it as many bytes of the pack. Where another thread does so already, the object is hashed
    /// alone, as long as that one keeps up.
    func id(of kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) -> ObjectID {
        let (lag, isFarBehind) = recent.withLock { ($0.byteCount, $0.isFarBehind) }
        if isFarBehind { return progress.withLock { id(of: kind, bytes, &$0) } }
        if lag >= bytes.count, let id = progress.withLockIfAvailable({ id(of: kind, bytes, &$0) }) { return id }
        return ObjectHash.id(of: kind, bytes)
    }

    private func id(of kind: ObjectKind, _ bytes: UnsafeRawBufferPointer, _ progress: inout Progress) -> ObjectID {
        var hash = RunningHash(of: kind, byteCount: bytes.count)
        var rest = bytes
        while !rest.isEmpty, let piece = nextPiece(&progress) {
            let count = min(rest.count, piece.count - progress.position)
            piece.withBytes { piece in
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

    /// The piece that is being hashed; the next one once all of it is.
    private func nextPiece(_ progress: inout Progress) -> ByteSlice? {
        if let piece = progress.piece, progress.position < piece.count { return piece }
        let done = progress.piece
        progress.piece = recent.withLock { recent in
            if let done { allowance.giveBack(recent.release(done)) }
            return recent.takeFirst()
        }
        progress.position = 0
        return progress.piece
    }

    /// The checksum of the first `byteCount` bytes, which are all that was appended.
    /// - Parameter file: has them.
    func finish(_ file: File, byteCount: Int) throws(PachError) -> ObjectID {
        try progress.withLock { (progress) throws(PachError) in
            while let piece = nextPiece(&progress) {
                piece.withBytes { progress.hash.update($0.slice(progress.position..<$0.count)) }
                progress.byteCount += piece.count - progress.position
                progress.position = piece.count
            }
            let start = progress.byteCount
            try PackChecksum.read(file, start..<byteCount) { progress.hash.update($0) }
            return progress.hash.finalize()
        }
    }
}

extension ByteSlice {
    /// Where its array is in memory.
    fileprivate var address: UInt { array.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
}
