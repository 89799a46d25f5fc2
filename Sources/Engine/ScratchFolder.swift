internal import Files
internal import GitStore
internal import Glibc
internal import Model
internal import Threads
internal import Workers

/// The folder in which workers and pipelines' code are laid out.
///
/// Nothing in it is synced, so after a power cut a file there may be empty, or lack its end. Whoever opens the root therefore uses nothing
/// that another one left.
struct ScratchFolder: Sendable {
    private static let leftoverPrefix = "leftover-"

    let path: String

    /// Takes away the names of all that is there, which takes as long however large that is: what it holds is removed later. Nothing is
    /// synced here either: a rename that a power cut undoes is done again by whoever opens the root next. Blocks.
    /// - Returns: the paths of what is to be removed, also of what was left by one who did not come to the end of it.
    func setLeftoversAside() throws(PachError) -> [String] {
        guard try Folder.status(of: path, followingLinks: false)?.isFolder == true else {
            throw PachError(
                .conflict, "\(quoted(path)) is not a folder", hint: "What is there would be emptied: move it elsewhere, and make a folder.")
        }
        var leftovers: [String] = []
        for name in try Folder.names(in: path) {
            guard !name.hasPrefix(Self.leftoverPrefix) else {
                leftovers.append("\(path)/\(name)")
                continue
            }
            let leftover = "\(path)/\(Self.leftoverPrefix)\(CommitID.random())"
            try Folder.rename("\(path)/\(name)", to: leftover)
            leftovers.append(leftover)
        }
        return leftovers
    }

    /// Removes what was set aside until the task is cancelled, one at least: a row of short commands gets to the end, too. What cannot be
    /// removed stays until the root is opened next.
    static func remove(_ leftovers: [String], report: (String) -> Void) async {
        for leftover in leftovers {
            do {
                try await blocking { try remove(leftover) }
            } catch {
                report("could not remove what an earlier run left: \(error)")
            }
            if Task.isCancelled { return }
        }
    }

    private static func remove(_ leftover: String) throws {
        guard try Folder.status(of: leftover, followingLinks: false)?.isFolder == true else { return try Folder.removeFile(leftover) }
        // User code wrote there.
        try HostileFolder.empty(leftover, mode: 0o700)
        guard rmdir(leftover) == 0 else {
            throw SystemError.error(errno, "remove the folder \(quoted(leftover))")
        }
    }
}
