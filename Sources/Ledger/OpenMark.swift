internal import Files
internal import Glibc
internal import Model

/// A file that is there while a process has the root open, so that the next one knows of a crash.
///
/// It need not be durable: after a power cut all that is there is durable, and after a crash the file is seen.
enum OpenMark {
    /// Leaves the mark. Where one is there already, first makes durable what the process that crashed wrote to the database: what is read
    /// from it must not be undone by a power cut once something else refers to it (invariant 2).
    /// - Returns: whether the last process crashed.
    static func set(_ root: DataRoot) throws(PachError) -> Bool {
        let hasCrashed = access(root.openPath, F_OK) == 0
        if hasCrashed {
            for path in [root.databasePath, root.databasePath + "-wal", root.ownPath, root.path] { try Durability.sync(path) }
            return true
        }
        let descriptor = open(root.openPath, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError.error(errno, "write \(quoted(root.openPath))") }
        close(descriptor)
        return false
    }

    static func remove(_ root: DataRoot) throws(PachError) {
        try Folder.removeFile(root.openPath)
    }
}
