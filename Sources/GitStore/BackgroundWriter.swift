import Dispatch
import Files
import Model
import Storage
import Synchronization

/// Writes to one file on a thread of its own, in the order of the calls, so that who has something to write need not wait for the kernel.
///
/// The first failure is final: nothing is written after it, and every later call throws it (invariant 7).
final class BackgroundWriter: Sendable {
    /// Calls that may wait, over all files (invariant 8), each of some `Limits.writeByteCount`, or of one object with the
    /// array that it is a part of.
    private static let slots = DispatchSemaphore(value: 24)

    private let file: File
    private let lane = DispatchQueue(label: "pach.write")
    private let failure = Mutex<PachError?>(nil)

    init(to file: File) {
        self.file = file
    }

    /// Returns when the bytes are written or may wait.
    /// - Parameter pieces: one behind the other.
    /// - Parameter writeBack: what the kernel is asked to begin writing out once they are.
    func write(_ pieces: [ByteSlice], at offset: Int, thenWriteBack writeBack: Range<Int>?) throws(PachError) {
        try check()
        Self.slots.wait()
        lane.async { [self] in
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

    /// Returns when all is written.
    func finish() throws(PachError) {
        lane.sync {}
        try check()
    }

    /// Returns when nothing is being written any more, nor will be.
    func stop() {
        failure.withLock { $0 = $0 ?? PachError(.stopped, "the pack is abandoned") }
        lane.sync {}
    }

    private func check() throws(PachError) {
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}
