import Files
public import Model
import Synchronization

/// What the repos of a data root share: recently used pack files, a bounded number of them kept open (invariant 8), what their deltas
/// refer to, how many packs batches may have open, and whom a failed sync is told.
///
/// A file that is dropped here stays open for those who are reading it, so removal of a pack never breaks a read under way.
public final class OpenFiles: Sendable {
    private struct Entry {
        var file: File
        var lastUse: Int
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var clock = 0
        /// How often files were forgotten.
        var forgotten = 0
    }

    /// What the packs' deltas refer to.
    let deltaBases = DeltaBaseCache()
    /// For packs that share objects with the one that their batch has open anyway (invariant 8).
    let furtherPacks = Slots(count: Limits.furtherPackCountMax)
    private let countMax: Int
    private let opening: @Sendable (String) throws(PachError) -> File
    private let state = Mutex(State())
    /// Told of each sync that fails, with why: the kernel may have dropped what was written, here or elsewhere, so nothing that was not
    /// durable before may be counted on (invariant 7). Called on the thread that failed, before anyone else hears of it.
    let onSyncFailure: @Sendable (PachError) -> Void

    public convenience init(
        countMax: Int = Limits.openFileCountMax, onSyncFailure: @escaping @Sendable (PachError) -> Void = { _ in }
    ) {
        self.init(countMax: countMax, onSyncFailure: onSyncFailure, opening: File.open)
    }

    init(
        countMax: Int, onSyncFailure: @escaping @Sendable (PachError) -> Void = { _ in },
        opening: @escaping @Sendable (String) throws(PachError) -> File
    ) {
        precondition(countMax > 0)
        self.countMax = countMax
        self.onSyncFailure = onSyncFailure
        self.opening = opening
    }

    /// - Throws: `notFound` where it was removed meanwhile, `io`.
    func open(_ path: String) throws(PachError) -> File {
        let (known, forgotten) = state.withLock { state in
            state.clock += 1
            state.entries[path]?.lastUse = state.clock
            return (state.entries[path]?.file, state.forgotten)
        }
        if let known { return known }
        // Opened outside the lock: another thread may do the same, and one of the two is closed again.
        let file = try opening(path)
        state.withLock { state in
            // One that was removed or replaced meanwhile would stay open, its room taken, and be read in place of what has its name now.
            guard state.forgotten == forgotten else { return }
            // A scan of all entries: it costs less than the system call that it follows.
            if state.entries.count >= countMax, let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
                state.entries[oldest.key] = nil
            }
            state.entries[path] = Entry(file: file, lastUse: state.clock)
        }
        return file
    }

    /// Lets go of a file that was removed or renamed.
    func forget(_ path: String) {
        state.withLock { state in
            state.entries[path] = nil
            state.forgotten += 1
        }
    }

    /// Lets go of all files below a folder that was removed: their room is free only once they are closed.
    func forget(below folder: String) {
        state.withLock { state in
            for path in state.entries.keys where Folder.contains(folder, path) { state.entries[path] = nil }
            state.forgotten += 1
        }
    }

    /// How many files are held open.
    var count: Int {
        state.withLock { $0.entries.count }
    }
}
