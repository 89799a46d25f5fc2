public import Model
internal import Threads

extension Ledger {
    /// Why no change is taken before somebody acts, while reading goes on; nil while changes are taken. For anybody to hear:
    /// without names of files, which whoever tries a change is told.
    public func standstill() async -> PachError? {
        if diskFailure != nil {
            return PachError(
                .io, "no changes are taken until pach is started again, because the disk failed or the database is damaged",
                hint: "Reading goes on; a change is refused with what failed. Check the disk, start again, and see what 'pach fsck' finds.")
        }
        do {
            try await blocking { [self] in try requireRoot() }
            return nil
        } catch {
            return PachError(
                .conflict, "no changes are taken, because the data root was moved, deleted or replaced",
                hint: "Put it back, or stop this process and start it where the root is now.")
        }
    }
}
