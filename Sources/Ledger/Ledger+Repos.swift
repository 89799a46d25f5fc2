internal import Files
internal import GRDB
internal import GitStore
public import Metadata
public import Model
internal import Synchronization

extension Ledger {
    /// Makes the Git repository of a repo, unless it is there. The repo has no name until a transaction gives it one.
    ///
    /// What was there under this name and was deleted is gone from the disk first, which happens between two rounds of the publisher.
    /// - Throws: `conflict` where a folder with content is in the way; `locked` where a backup still copies what was deleted; `corrupt` where the
    ///   repo is there, and its folder is not.
    public func prepareRepo(_ name: RepoName) async throws {
        try await publisher.betweenRounds { try self.prepareFolder(of: name) }
    }

    private func prepareFolder(of name: RepoName) throws(PachError) {
        let path = root.repoPath(name)
        // One whose removal failed before is tried again.
        if try metadata.read({ try $0.repoRemovals() }).contains(name.description) { try removeRepoFolder(name) }
        let isThere = try Folder.status(of: path) != nil
        if let row = try metadata.read({ try $0.repo(name) }) {
            // An empty one would stand in the way of what was there, once that is back.
            guard isThere else { throw unreadable(row, PachError(.notFound, "the folder \(quoted(path)) is gone")) }
            return
        }
        guard isThere else {
            _ = try GitRepository.create(at: path, title: "pach repo \(name)", files: files)
            return
        }
        guard !heldRepos.withLock({ $0.contains(name) }) else {
            throw PachError(
                .locked, "repo \(name) cannot be made: a backup still copies the one of that name that was deleted",
                hint: "Try again once the backup has ended.")
        }
        // A crash between this and the transaction leaves an empty repository, which serves as well as a new one.
        let git = try GitRepository(opening: path, files: files)
        guard try git.refs(below: "refs/").isEmpty else {
            throw PachError(
                .conflict, "repo \(name) cannot be made: the folder \(quoted(path)) is in the way",
                hint: "It holds a Git repository that this data root does not know. Move it elsewhere, or choose another name.")
        }
    }
}

extension RepoRow {
    /// What is thrown where another repo has the name since the row was read.
    var replaced: PachError {
        PachError(
            .conflict, "repo \(name) was deleted, and another one of that name created, while this was under way",
            hint: "Nothing was changed in the new one; try again.")
    }
}

extension LedgerTransaction {
    /// Names a repo whose folder `Ledger.prepareRepo` made.
    public func createRepo(_ name: RepoName, description: String) throws -> RepoRow {
        if try database.repo(name) != nil {
            throw PachError(.alreadyExists, "repo \(name) already exists", hint: "'pach update repo \(name)' changes its description.")
        }
        // The folder that is there, or was, is the old one's: `prepareRepo` found it with its repo.
        guard try !database.repoRemovals().contains(name.description), try Folder.status(of: ledger.root.repoPath(name)) != nil else {
            throw PachError(
                .locked, "repo \(name) cannot be made: the one of that name is still being deleted", hint: "Try again in a moment.")
        }
        // SQLite gives a key again that was the largest and is gone. The publisher may still have in memory what had landed in the repo that
        // had it, and must not take that for the new one's.
        let largest = try database.largestRepoKey()
        let key = ledger.lastRepoKey.withLock { last in
            last = max(last, largest) + 1
            return last
        }
        return try database.insertRepo(name, key: key, description: description, created: now)
    }

    /// Removes a repo's names; its folder goes once that is durable. Jobs that read it end: with its commits their provenance goes, and they
    /// would run as if it had always been empty, on another repo of that name even with success.
    /// - Returns: those jobs; some may be running.
    public func deleteRepo(_ repo: RepoRow) throws -> [JobRow] {
        let readers = try database.unfinishedJobs(reading: repo)
        for job in readers { try endJob(job, .killed, reason: JobReason.deleted(repo.name)) }
        try database.deleteRepo(repo)
        tell(.repoRemoved)
        ledger.lastRepoKey.withLock { $0 = max($0, repo.key) }
        afterwards { [ledger] in
            ledger.publisher.run(ledger) { () throws(PachError) in try ledger.removeRepoFolder(repo.name) }
        }
        return readers
    }
}
