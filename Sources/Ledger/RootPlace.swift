internal import Files
internal import Model

/// Knows the data root again: the file that is open as its database is the one at its path.
///
/// Whoever moves a root away while it is served, deletes its `.pach` or puts another root in its place is told so before anything is
/// changed: what was committed meanwhile would be in a database that nobody opens again, and repos by their paths are another root's.
struct RootPlace: Sendable {
    private let root: DataRoot
    private let identity: FileStatus.Identity

    /// - Throws: `notFound` where there is no database.
    init(_ root: DataRoot) throws(PachError) {
        guard let status = try Folder.status(of: root.databasePath) else {
            throw PachError(.notFound, "there is no database \(quoted(root.databasePath))")
        }
        self.root = root
        identity = status.identity
    }

    /// - Throws: `conflict` where the root is not there, or is another one.
    func require() throws(PachError) {
        guard try Folder.status(of: root.databasePath)?.identity == identity else {
            throw PachError(
                .conflict, "the data root \(quoted(root.path)) was moved, deleted or replaced while this process has it open",
                hint: "Nothing was changed. Put it back, or stop this process and start it where the root is now.")
        }
    }
}
