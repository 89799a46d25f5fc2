import Model
import Storage
import Synchronization

/// The checksum of a pack that is being written, kept up while objects for it are hashed, beside them: so its SHA-1 costs little.
///
/// Reads the pack back, whose pages are still in memory.
final class PackTrailer: Sendable {
    /// Small enough to be in the processor's cache when it is hashed.
    private static let pieceByteCount = 128 << 10
    /// From here on everyone who hashes an object waits to do this beside it.
    private static let lagMax = 8 << 20

    private struct Progress {
        var hash = RunningHash()
        var byteCount = 0
        /// Why no checksum can be had.
        var failure: PachError?

        mutating func read(_ file: File, into buffer: UnsafeMutableRawBufferPointer, end: Int) -> UnsafeRawBufferPointer {
            guard failure == nil else { return UnsafeRawBufferPointer(start: nil, count: 0) }
            let piece = buffer.slice(0..<max(0, min(buffer.count, end - byteCount)))
            do throws(PachError) {
                guard try file.read(at: byteCount, into: piece) == piece.count else {
                    throw PachError(.corrupt, "the pack \(quoted(file.path)) is cut short")
                }
            } catch {
                failure = error
                return UnsafeRawBufferPointer(start: nil, count: 0)
            }
            byteCount += piece.count
            return UnsafeRawBufferPointer(piece)
        }
    }

    private let file: File
    private let progress = Mutex(Progress())
    /// What `progress` says, for who does not hold it.
    private let hashedByteCount = Atomic(0)

    /// - Parameter file: the pack, which from its first byte on is what it will be at last.
    init(of file: File) {
        self.file = file
    }

    /// Hashes an object, and beside it as many bytes of the pack, up to `end`. Where another thread does so already, the object is hashed
    /// alone, as long as that one keeps up.
    func id(of kind: ObjectKind, _ bytes: UnsafeRawBufferPointer, end: Int) -> ObjectID {
        let lag = end - hashedByteCount.load(ordering: .relaxed)
        if lag >= Self.lagMax { return progress.withLock { id(of: kind, bytes, end: end, &$0) } }
        if lag >= bytes.count, let id = progress.withLockIfAvailable({ id(of: kind, bytes, end: end, &$0) }) { return id }
        return ObjectHash.id(of: kind, bytes)
    }

    private func id(of kind: ObjectKind, _ bytes: UnsafeRawBufferPointer, end: Int, _ progress: inout Progress) -> ObjectID {
        var hash = RunningHash(of: kind, byteCount: bytes.count)
        withUnsafeTemporaryAllocation(byteCount: Self.pieceByteCount, alignment: 64) { buffer in
            var rest = bytes
            while !rest.isEmpty {
                let piece = rest.slice(0..<min(buffer.count, rest.count))
                rest = rest.slice(piece.count..<rest.count)
                RunningHash.update(&hash, with: piece, &progress.hash, with: progress.read(file, into: buffer, end: end))
            }
        }
        hashedByteCount.store(progress.byteCount, ordering: .relaxed)
        return hash.finalize()
    }

    /// - Parameter end: where the pack ends.
    func finish(end: Int) throws(PachError) -> ObjectID {
        try progress.withLock { (progress) throws(PachError) in
            withUnsafeTemporaryAllocation(byteCount: Self.pieceByteCount, alignment: 64) { buffer in
                while progress.byteCount < end, progress.failure == nil {
                    progress.hash.update(progress.read(file, into: buffer, end: end))
                }
            }
            if let failure = progress.failure { throw failure }
            return progress.hash.finalize()
        }
    }
}
