import Dispatch
import Files
import Model
import Storage
import Synchronization

/// Writes to one file, on a thread of its own, once what is written is hashed: so that who has something to write need wait for neither, and
/// nobody has to read it again for its checksum.
///
/// The first failure is final: nothing is written after it, and every later call throws it (invariant 7).
final class BackgroundWriter: Sendable {
    /// For calls that wait, over all files.
    private static let slots = Slots(count: Limits.waitingWriteCountMax)

    private let file: File
    private let writing = DispatchQueue(label: "pach.write")
    /// Those of the process where messages together take less time; else hashing one file need not wait for another.
    private let lanes = HashLanes.isFasterTogether ? HashLanes.shared : HashLanes()
    /// What was handed over and is not written.
    private let underWay = DispatchGroup()
    /// Of all that is written; nil where nobody wants it.
    private let message: Mutex<HashLanes.Message?>
    private let failure = Mutex<PachError?>(nil)

    /// - Parameter hashes: whether somebody wants `checksum`.
    init(to file: File, hashes: Bool) {
        self.file = file
        message = Mutex(hashes ? HashLanes.Message() : nil)
    }

    /// Returns when the bytes are written or may wait.
    /// - Parameter pieces: one behind the other.
    /// - Parameter writeBack: what the kernel is asked to begin writing out once they are.
    func write(_ pieces: [ByteSlice], at offset: Int, thenWriteBack writeBack: Range<Int>?) throws(PachError) {
        try check()
        let slot = Self.slots.take()
        underWay.enter()
        let write: @Sendable () -> Void = { [self] in
            writing.async { [self] in
                withExtendedLifetime(slot) { writeNow(pieces, at: offset, thenWriteBack: writeBack) }
                underWay.leave()
            }
        }
        if let message = message.withLock({ $0 }) {
            lanes.add(pieces, to: message, whenThrough: write)
        } else {
            write()
        }
    }

    private func writeNow(_ pieces: [ByteSlice], at offset: Int, thenWriteBack writeBack: Range<Int>?) {
        guard failure.withLock({ $0 == nil }) else { return }
        do throws(PachError) {
            try file.write(pieces, at: offset)
            if let writeBack { file.startWriteBack(writeBack) }
        } catch {
            failure.withLock { $0 = error }
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
    var checksum: ObjectID? { message.withLock { $0?.checksum } }

    /// Nobody will want `checksum`.
    func stopHashing() {
        message.withLock { $0 = nil }
    }

    private func wait() {
        if underWay.wait(timeout: .now()) == .timedOut { lanes.awaiting { underWay.wait() } }
    }

    private func check() throws(PachError) {
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}
