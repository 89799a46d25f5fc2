public import GRDB
public import Metadata
public import Model

/// Retention ends a repo's history at its old end: it removes a commit only together with all of its ancestors. So no Git commit has to be
/// written anew: the oldest that stays is a boundary of a shallow repository (gitrepository-layout(5), "shallow"), and clones follow as ever.
extension Database {
    /// Commits that the repo's retention lets go, oldest first: an order in which each may be removed once those before it are gone.
    public func expiredCommits(of repo: RepoRow, at now: Timestamp) throws -> [CommitRow] {
        guard repo.retention != .all else { return [] }
        let kept = try keptCommits(of: repo)
        var gone: Set<Int64> = []
        var expired: [CommitRow] = []
        for commit in try commits(in: repo, limit: nil, origin: nil).reversed() {
            guard commit.isFinished, !kept.contains(commit.seq), commit.parent.map(gone.contains) ?? true,
                try !isYoung(commit, repo, at: now), try mayGo(commit)
            else { continue }
            gone.insert(commit.seq)
            expired.append(commit)
        }
        return expired
    }

    /// The head of each branch, and as many good commits before it as the retention says; failed ones between them too.
    private func keptCommits(of repo: RepoRow) throws -> Set<Int64> {
        var kept: Set<Int64> = []
        for branch in try branches(of: repo) {
            var next = branch.head
            var goodCount = 0
            // Whatever is said, the newest good commit is what the branch shows.
            while let seq = next, goodCount < repo.retention.commits ?? 1 {
                let commit = try commit(seq: seq)
                kept.insert(seq)
                if commit.isFinished, commit.error == nil { goodCount += 1 }
                next = commit.parent
            }
        }
        return kept
    }

    private func isYoung(_ commit: CommitRow, _ repo: RepoRow, at now: Timestamp) throws -> Bool {
        guard let duration = repo.retention.duration, let finished = commit.finished else { return false }
        return now.since(finished) < duration.duration
    }

    /// Whether the commit is the oldest of its line, and nothing that stays needs it.
    fileprivate func mayGoNow(_ commit: CommitRow) throws -> Bool {
        try commit.parent == nil && branches(withHead: commit).isEmpty && mayGo(commit)
    }

    /// Whether nothing that stays needs the commit: no commit is made from it, and none that failed or is open stands on it.
    private func mayGo(_ commit: CommitRow) throws -> Bool {
        // The records of an output are made from what the output is made from, and go with it.
        try subvenance(of: commit).isEmpty && children(of: commit).allSatisfy { $0.isFinished && $0.error == nil }
    }
}

extension LedgerTransaction {
    /// Commits removed in one transaction, so that nobody waits long for it.
    public static let expiryCountMax = 64

    /// Removes commits that `Database.expiredCommits` found, each unless something came that needs it, with the records of the jobs that made
    /// them.
    public func expire(_ commits: some Sequence<CommitRow>) throws -> RemovedCommits {
        var removed = RemovedCommits()
        for found in commits {
            guard let commit = try database.commit(found.link.commit), try database.mayGoNow(commit) else { continue }
            if let job = try database.job(output: commit.seq) { removed.jobs.append(job) }
            if commit.repo.kind == .user, let meta = try database.commit(Commit(repo: commit.repo.ofKind(.meta), id: commit.id)),
                try database.mayGoNow(meta)
            {
                try forget(meta, &removed)
            }
            try forget(commit, &removed)
        }
        return removed
    }

    /// Takes a commit away with its refs; its children have no parent from now on.
    private func forget(_ commit: CommitRow, _ removed: inout RemovedCommits) throws {
        let repo = try database.existingRepo(commit.repo)
        for ref in [RefLayout.failed(commit.id), RefLayout.kept(commit.id)] where try database.ref(ref, in: repo) != nil {
            try setRef(ref, in: repo, to: nil)
        }
        try database.deleteCommit(commit)
        removed.commits.append(commit.link)
    }
}
