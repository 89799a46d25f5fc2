import Dispatch
import Files
import Model
import Storage
import Synchronization

/// Writes to one file, in the order of the calls, and hashes what it writes: each on a thread of its own, so that who has something to write
/// need wait for neither, and nobody has to read it again for its checksum.
///
/// The first failure is final: nothing is written after it, and every later call throws it (invariant 7).
final class BackgroundWriter: Sendable {
    /// Calls that may wait, over all files (invariant 8), each of some `Limits.writeByteCount`, or of one object with the
    /// array that it is a part of.
    private static let slots = DispatchSemaphore(value: 24)

    private let file: File
    /// What is written has been through here before.
    private let hashing = DispatchQueue(label: "pach.hash")
    private let writing = DispatchQueue(label: "pach.write")
    private let hash: Mutex<RunningHash?>
    private let failure = Mutex<PachError?>(nil)

    /// - Parameter hashes: whether somebody wants `checksum`.
    init(to file: File, hashes: Bool) {
        self.file = file
        hash = Mutex(hashes ? RunningHash() : nil)
    }

    /// Returns when the bytes are written or may wait.
    /// - Parameter pieces: one behind the other.
    /// - Parameter writeBack: what the kernel is asked to begin writing out once they are.
    func write(_ pieces: [ByteSlice], at offset: Int, thenWriteBack writeBack: Range<Int>?) throws(PachError) {
        try check()
        Self.slots.wait()
        hashing.async { [self] in
            hash.withLock { hash in
                for piece in pieces { piece.withBytes { hash?.update($0) } }
            }
            writing.async { [self] in
                defer { Self.slots.signal() }
                guard failure.withLock({ $0 == nil }) else { return }
                do throws(PachError) {
                    try file.write(pieces, at: offset)
                    if let writeBack { file.startWriteBack(writeBack) }
                } catch {
                    failure.withLock { $0 = error }
                }
            }
        }
    }

    /// Returns when all is written.
    func finish() throws(PachError) {
        wait()
        try check()
    }

    /// Returns when nothing is being written any more, nor will be.
    func stop() {
        failure.withLock { $0 = $0 ?? PachError(.stopped, "the pack is abandoned") }
        wait()
    }

    /// The SHA-1 of all that was written until the last `finish`; nil where it was not wanted, or is no longer.
    var checksum: ObjectID? { hash.withLock { $0?.finalize() } }

    /// Nobody will want `checksum`.
    func stopHashing() {
        hashing.async { [self] in hash.withLock { $0 = nil } }
    }

    private func wait() {
        hashing.sync {}
        writing.sync {}
    }

    private func check() throws(PachError) {
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}
