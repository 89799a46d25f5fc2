internal import Files
internal import Foundation
internal import GitStore
internal import Metadata
public import Model

extension Ledger {
    /// Folders of repos that hold commits, or that cannot be read, and that the database does not know: what was named there is lost with it.
    public func unknownRepos() throws(PachError) -> [(folder: String, isReadable: Bool)] {
        // Folders first: one that is made or goes meanwhile is in the database, among repos or among removals.
        let folders = try Folder.names(in: root.path).sorted()
        let known = try metadata.read { Set(try $0.repos().map(\.name.description) + $0.repoRemovals()) }
        var unknown: [(folder: String, isReadable: Bool)] = []
        for folder in folders where folder.hasSuffix(".git") && !folder.hasPrefix(".") && !known.contains(String(folder.dropLast(4))) {
            do throws(PachError) {
                let git = try GitRepository(opening: "\(root.path)/\(folder)", files: files)
                if try !git.refs(below: "refs/").isEmpty { unknown.append((folder, true)) }
            } catch {
                // It is none of ours, or so damaged that nobody could tell; or its removal has ended since.
                if FileManager.default.fileExists(atPath: "\(root.path)/\(folder)") { unknown.append((folder, false)) }
            }
        }
        return unknown
    }

    /// A database that knows nothing, where repos with commits are, is one that was emptied.
    func requireNoUnknownRepo() throws(PachError) {
        // What a rebuild cannot read it leaves where it is, and nobody else can tell what it was; a folder that is not called as a repo may be is
        // none of ours.
        let repos = try unknownRepos().filter(\.isReadable).compactMap { RepoName(folder: $0.folder) }
        guard let repo = repos.first else { return }
        throw PachError(
            .corrupt, "the data root \(quoted(root.path)) has repos, such as \(repo), and its database is empty",
            hint: "'pach fsck --rebuild' makes a new one from the repos; 'pach restore' makes another data root from a backup.")
    }
}
