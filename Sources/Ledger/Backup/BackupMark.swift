internal import Files
internal import Glibc
internal import Model

/// The file that makes a folder a backup: it names the data root whose backup it is, and is complete when all of that is there.
struct BackupMark: Equatable {
    static let name = "pach-backup"
    private static let title = "pach backup 1"
    private static let incompleteTitle = "incomplete"

    var isComplete: Bool
    /// The root's identity and where it was, at the time of the backup; nil in backups of versions that did not note it.
    var source: Source?

    struct Source: Equatable {
        var identity: RootIdentity
        /// Absolute.
        var path: String
    }

    /// - Returns: nil where the folder is no backup, not even an incomplete one.
    static func read(_ folder: String) throws(PachError) -> BackupMark? {
        // Who calls the folder of backups by the same name has none in the folder above.
        if try Folder.status(of: path(folder))?.isFolder == true { return nil }
        return try MarkFile.text(of: path(folder)).map { BackupMark(parsing: $0) }
    }

    static func path(_ folder: String) -> String { "\(folder)/\(name)" }

    /// Has the backup in the folder to itself while it is written, and with others that read while it is read.
    /// - Parameter operation: `LOCK_EX` or `LOCK_SH`.
    /// - Throws: `locked`.
    static func lock(_ folder: String, _ operation: Int32) throws(PachError) -> KernelLock {
        let lock = try KernelLock(folder: folder)
        guard try lock.take(operation | LOCK_NB) else {
            throw PachError(
                .locked, "a backup to the folder \(quoted(folder)), or a restoration from it, is under way",
                hint: "Try again once that has ended.")
        }
        return lock
    }

    init(isComplete: Bool, source: Source) {
        self.isComplete = isComplete
        self.source = source
    }

    private init(parsing text: String) {
        // The path comes last, and may hold anything, line feeds too.
        let lines = text.split(separator: "\n", maxSplits: 3, omittingEmptySubsequences: false)
        isComplete = lines.first.map(String.init) != Self.incompleteTitle
        guard lines.count == 4, lines[2].hasPrefix("root "), lines[3].hasPrefix("path "), lines[3].hasSuffix("\n"),
            let identity = RootIdentity(String(lines[2].dropFirst(5)))
        else { return }
        source = Source(identity: identity, path: String(lines[3].dropFirst(5).dropLast()))
    }

    func text(at time: Timestamp) -> String {
        let origin = source.map { "root \($0.identity)\npath \($0.path)\n" } ?? ""
        return "\(isComplete ? Self.title : Self.incompleteTitle)\n\(time)\n\(origin)"
    }
}
