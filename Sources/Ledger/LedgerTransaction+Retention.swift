public import GRDB
public import Metadata
public import Model

/// Retention ends a repo's history at its old end: it removes a commit only together with all of its ancestors. So no Git commit has to be
/// written anew: the oldest that stays is a boundary of a shallow repository (gitrepository-layout(5), "shallow"), and clones follow as ever.
extension Database {
    /// Commits that the repo's retention lets go, oldest first, in groups that go as a whole: an order in which each may be removed once those
    /// before it are gone.
    public func expiredCommits(of repo: RepoRow, at now: Timestamp) throws -> [[CommitRow]] {
        guard repo.retention != .all else { return [] }
        let kept = try keptCommits(of: repo)
        var gone: Set<Int64> = []
        var expired: [[CommitRow]] = []
        for commit in try commits(in: repo, limit: nil, origin: nil).reversed()
        where !gone.contains(commit.seq) && commit.parent.map(gone.contains) ?? true {
            let group = try group(of: commit)
            guard try isExpired(group, of: repo, keeping: kept, at: now), try mayGo(group) else { continue }
            gone.formUnion(group.map(\.seq))
            expired.append(group)
        }
        return expired
    }

    /// Whether the time of all of the commits is over.
    fileprivate func isExpired(_ group: [CommitRow], of repo: RepoRow, keeping kept: Set<Int64>, at now: Timestamp) throws -> Bool {
        try group.allSatisfy { try !kept.contains($0.seq) && !isYoung($0, repo, at: now) }
    }

    /// The head of each branch, and as many good commits before it as the retention says; failed ones between them too.
    fileprivate func keptCommits(of repo: RepoRow) throws -> Set<Int64> {
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

    /// The commit, the oldest of its line, and those that failed after it up to the next good ones. Their Git commits stand on its, so it cannot go
    /// before them; nor can they, whose parent it is, before it.
    fileprivate func group(of first: CommitRow) throws -> [CommitRow] {
        var group = [first]
        var next = 0
        while next < group.count {
            group += try children(of: group[next]).filter { $0.isFinished && $0.error != nil }
            next += 1
        }
        return group.sorted { $0.seq < $1.seq }
    }

    /// Whether nothing that stays needs the commits: no head is among them, no commit is made from them, and none that failed or is open stands on
    /// them.
    fileprivate func mayGo(_ group: [CommitRow]) throws -> Bool {
        let seqs = Set(group.map(\.seq))
        return try group.allSatisfy { commit in
            // The records of an output are made from what the output is made from, and go with it.
            try commit.isFinished && branches(withHead: commit).isEmpty && subvenance(of: commit).isEmpty
                && children(of: commit).allSatisfy { seqs.contains($0.seq) || $0.isFinished && $0.error == nil }
        }
    }
}

extension LedgerTransaction {
    /// Commits removed in one transaction, where no single group has more, so that nobody waits long for it.
    public static let expiryCountMax = 64

    /// Removes commits that `Database.expiredCommits` found in a repo, each group unless something came that needs it or the retention or a branch
    /// keeps it since, with the records of the jobs that made them.
    public func expire(_ groups: some Sequence<[CommitRow]>, of found: RepoRow) throws -> RemovedCommits {
        var removed = RemovedCommits()
        guard let repo = try database.repo(found.name), repo.key == found.key, repo.retention != .all else { return removed }
        let kept = try database.keptCommits(of: repo)
        for found in groups {
            guard let first = try database.commit(found[0].link.commit), first.parent == nil else { continue }
            let group = try database.group(of: first)
            guard group.map(\.seq) == found.map(\.seq), try database.isExpired(group, of: repo, keeping: kept, at: now),
                try database.mayGo(group)
            else { continue }
            removed.jobs += try group.compactMap { try database.job(output: $0.seq) }
            let records = try group.filter { $0.repo.kind == .user }
                .compactMap { try database.commit(Commit(repo: $0.repo.ofKind(.meta), id: $0.id)) }
            let seqs = Set(records.map(\.seq))
            if records.allSatisfy({ $0.parent.map(seqs.contains) ?? true }), try database.mayGo(records) {
                for commit in records { try forget(commit, &removed) }
            }
            for commit in group { try forget(commit, &removed) }
        }
        return removed
    }

    /// Takes a commit away with its refs; its children have no parent from now on.
    private func forget(_ commit: CommitRow, _ removed: inout RemovedCommits) throws {
        let repo = try database.existingRepo(commit.repo)
        for ref in [RefLayout.failed(commit.id), RefLayout.kept(commit.id)] where try database.ref(ref, in: repo) != nil {
            try setRef(ref, in: repo, to: nil)
        }
        try database.markBoundaries(after: commit)
        try database.deleteCommit(commit)
        removed.commits.append(commit.link)
    }
}
