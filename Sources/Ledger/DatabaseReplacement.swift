internal import Files
internal import Glibc
public import Model

/// A database takes the place of another in one step, though each may be two files. Once the new one has the name of a successor, durably,
/// whoever opens the root ends what was begun.
extension DataRoot {
    private var successorPath: String { "\(databasePath).successor" }
    /// Where the database that was replaced last is kept, with its log.
    private var predecessorPath: String { "\(databasePath).old" }

    /// Puts a database in place of the one that is there, durably; the old one stays beside it under another name.
    /// - Parameters:
    ///   - path: of a database that is closed, in the root's own folder.
    ///   - changes: what it asks of the folders of repos.
    public func replaceDatabase(with path: String, _ changes: FolderChanges = FolderChanges()) throws(PachError) {
        // One that was kept before must not meet the log of this one.
        if hasDatabase { try Self.removeDatabase(at: predecessorPath) }
        try changes.write(self)
        try Folder.rename(path, to: successorPath)
        try Durability.sync(ownPath)
        try finishReplacingDatabase()
    }

    /// Does what is left to do where a crash or a failure ended `replaceDatabase`.
    public func finishReplacingDatabase() throws(PachError) {
        guard try Folder.status(of: successorPath) != nil else { return }
        try FolderChanges.read(self).carryOut(in: self)
        // The log may hold the newest of it. The index of the log is made anew by whoever opens it.
        for suffix in ["", "-wal"] { try Self.move(databasePath + suffix, to: predecessorPath + suffix) }
        try Folder.removeFile(databasePath + "-shm")
        // A log that came back would be taken for the successor's.
        try Durability.sync(ownPath)
        try Self.move(successorPath, to: databasePath)
        try Durability.sync(ownPath)
        try FolderChanges.remove(self)
    }

    /// Removes a database and what SQLite keeps beside it; one that is not there is removed already.
    public static func removeDatabase(at path: String) throws(PachError) {
        for suffix in ["", "-journal", "-wal", "-shm"] { try Folder.removeFile(path + suffix) }
    }

    /// What is not there was moved already.
    private static func move(_ from: String, to: String) throws(PachError) {
        guard rename(from, to) == 0 || errno == ENOENT else { throw SystemError.error(errno, "rename \(quoted(from))") }
    }
}
