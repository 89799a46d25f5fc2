internal import Model
internal import Synchronization

/// Remembers that the disk failed: once a sync or a write to the database did, nothing is written any more (invariant 7); nor once the
/// database was found damaged, since what it says of other things may be wrong too.
///
/// A sync is never tried again. After one that failed the kernel may take pages for clean that never reached the disk, so that the next
/// one would succeed without them (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020).
final class DiskFailure: Sendable {
    private let root: DataRoot
    private let first = Mutex<PachError?>(nil)

    init(root: DataRoot) {
        self.root = root
    }

    /// What to tell whoever wants to write; nil while all is well.
    var reason: PachError? { first.withLock { $0 } }

    func note(_ error: PachError) {
        first.withLock { first in
            guard first == nil else { return }
            let refusal = "the data root \(quoted(root.path)) takes no more changes, because"
            first =
                error.code == .corrupt
                ? PachError(
                    .io, "\(refusal) its database is damaged or the disk failed: \(error.message)", cause: error.cause,
                    hint: "Check the disk, then see with 'pach fsck' what is hit.")
                : PachError(
                    .io, "\(refusal) the disk failed: \(error.message)", cause: error.cause,
                    hint: "What was acknowledged is safe, and can be read. Check the disk, then start pach again.")
        }
    }
}
