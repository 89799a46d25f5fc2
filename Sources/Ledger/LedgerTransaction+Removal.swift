internal import GRDB
public import Metadata
public import Model
internal import Storage

/// What went with the commits that were removed.
public struct RemovedCommits: Sendable {
    public var commits: [CommitLink] = []
    /// The jobs that made them; those that have not ended may be running.
    public var jobs: [JobRow] = []
}

extension LedgerTransaction {
    /// Removes a commit set; what its commits changed stays visible in their children.
    /// - Throws: `notFound`; `conflict` where a commit has no child, updated a pipeline, or another set is made from it.
    public func squash(_ id: CommitID) throws -> RemovedCommits {
        let commits = try removableSet(id, verb: "squash", participle: "squashed")
        if let last = try childless(commits) {
            throw PachError(
                .conflict,
                "cannot squash a commit that has no children as that would cause data loss, use the drop operation instead: \(last.link)",
                hint: try parent(in: commits) == nil
                    ? "'pach delete commit \(id)' removes it with what it changed." : try wayToDrop(id))
        }
        return try remove(commits)
    }

    /// Removes a commit set, with what its commits changed; the heads of their branches go back to the parents.
    /// - Throws: `notFound`; `conflict` where a commit has children, updated a pipeline, or another set is made from it.
    public func drop(_ id: CommitID) throws -> RemovedCommits {
        let commits = try removableSet(id, verb: "drop", participle: "dropped")
        if let parent = try parent(in: commits) {
            throw PachError(
                .conflict, "cannot drop a commit that has children: \(parent.link)",
                hint: try childless(commits) == nil
                    ? "'pach squash commit \(id)' removes it and keeps what it changed in its children." : try wayToDrop(id))
        }
        return try remove(commits)
    }

    /// The first commit that keeps the set from being squashed.
    private func childless(_ set: [CommitRow]) throws -> CommitRow? {
        try set.first { try $0.repo.kind != .meta && database.children(of: $0).isEmpty }
    }

    /// The first commit that keeps the set from being dropped.
    private func parent(in set: [CommitRow]) throws -> CommitRow? {
        try set.first { try !database.children(of: $0).isEmpty }
    }

    /// How many commands a hint spells out; each leads on to the next.
    private static let hintedSetCountMax = 3

    /// How to get rid of a set that can neither be squashed nor dropped as it is: commits of some repos have children, those of others not.
    private func wayToDrop(_ id: CommitID) throws -> String {
        let later = try database.laterCommitSets(id)
        for set in later.prefix(Self.hintedSetCountMax) {
            guard let spec = try database.commitSet(set).first(where: { $0.repo.kind == .spec }) else { continue }
            return "Commit set \(set) came after it and updated a pipeline; both go only with that: pach delete pipeline \(spec.repo.base)"
        }
        let named = later.prefix(Self.hintedSetCountMax).map { "'pach delete commit \($0)'" }.joined(separator: ", ")
        let more = later.count > Self.hintedSetCountMax ? " and \(later.count - Self.hintedSetCountMax) more" : ""
        return "Remove what came after it first, newest first: \(named)\(more); then 'pach delete commit \(id)'."
    }

    private func removableSet(_ id: CommitID, verb: String, participle: String) throws -> [CommitRow] {
        let commits = try database.commitSet(id)
        guard !commits.isEmpty else {
            throw PachError(.notFound, "commit set \(id) not found", hint: "'pach list commit' shows the commit sets there are.")
        }
        if let spec = commits.first(where: { $0.repo.kind == .spec }) {
            throw PachError(
                .conflict, "cannot \(verb) commit \(spec.link) because it updated a pipeline",
                hint: "The specs of a pipeline go with the pipeline: pach delete pipeline \(spec.repo.base)")
        }
        var dependents: Set<CommitID> = []
        for commit in commits { dependents.formUnion(try database.subvenance(of: commit).map(\.id)) }
        dependents.remove(id)
        guard dependents.isEmpty else {
            let names = dependents.sorted().map(\.description)
            throw PachError(
                .conflict,
                "commit set \(quoted(id.description)) cannot be \(participle) because it has subvenant commit sets: [\(names.joined(separator: " "))]",
                hint: "Commits of those sets are made from this one; remove them first.")
        }
        return commits
    }

    /// Removes commits as if they had never been: children get the nearest parent that stays, heads and refs follow, and Git's history is
    /// written anew from there on. Files, provenance and ids of all others stay as they are (invariant 1).
    ///
    /// Who calls it has made sure that nothing which stays is made from them.
    public func remove(_ commits: [CommitRow]) throws -> RemovedCommits {
        var removed = RemovedCommits()
        for (key, group) in Dictionary(grouping: commits, by: \.repoKey).sorted(by: { $0.key < $1.key }) {
            guard let repo = try database.repo(group[0].repo), repo.key == key else { continue }
            let ordered = group.sorted { $0.seq < $1.seq }
            for commit in ordered {
                removed.commits.append(commit.link)
                if let job = try database.job(output: commit.seq) { removed.jobs.append(job) }
            }
            try remove(ordered, from: repo)
        }
        // Of those that had ended, the end was told.
        for job in removed.jobs where job.finished == nil { tell(.jobChanged(job.link, .killed)) }
        tell(.commitsRemoved)
        return removed
    }

    /// - Parameter commits: of one repo, parents before children.
    private func remove(_ commits: [CommitRow], from repo: RepoRow) throws {
        let gone = Dictionary(uniqueKeysWithValues: commits.map { ($0.seq, $0) })
        func staying(_ seq: Int64?) -> Int64? {
            var next = seq
            while let current = next, let row = gone[current] { next = row.parent }
            return next
        }
        var children: [Int64] = []
        var branches: Set<BranchName> = []
        for commit in commits {
            let parent = staying(commit.parent)
            for child in try database.children(of: commit) where gone[child.seq] == nil {
                try database.setParent(of: child, to: parent)
                children.append(child.seq)
            }
            for branch in try database.branches(withHead: commit) {
                try database.setHead(of: branch, in: repo, to: parent, at: now)
                branches.insert(branch)
            }
            try removeRefs(of: commit, in: repo, parent: parent)
        }
        try rewriteHistory(from: children, in: repo)
        try finishFailed(children.map { try database.commit(seq: $0) })
        // A branch whose head failed shows Git the nearest good ancestor, which may be one of those that go.
        for branch in try database.branches(of: repo) {
            let name = branch.branch.name
            let target = try database.nearestGood(branch.head)?.git
            if try branches.contains(name) || database.ref(RefLayout.branch(name), in: repo) != target {
                try setRef(RefLayout.branch(name), in: repo, to: target)
            }
        }
        for commit in commits { try database.deleteCommit(commit) }
    }

    /// Takes away the refs that keep the commit itself; what it led to keeps a ref of its own.
    private func removeRefs(of commit: CommitRow, in repo: RepoRow, parent: Int64?) throws {
        if try database.ref(RefLayout.failed(commit.id), in: repo) != nil {
            try setRef(RefLayout.failed(commit.id), in: repo, to: nil)
        }
        guard try database.ref(RefLayout.kept(commit.id), in: repo) != nil else { return }
        try setRef(RefLayout.kept(commit.id), in: repo, to: nil)
        if let good = try database.nearestGood(parent), let git = good.git {
            try setRef(RefLayout.kept(good.id), in: repo, to: git)
        }
    }

    /// Writes the Git commits of these and all that descend from them anew, each on the parent that it has now; refs move along. A commit's
    /// Git id changes by this, its Pach id never.
    private func rewriteHistory(from commits: [Int64], in repo: RepoRow) throws {
        guard !commits.isEmpty else { return }
        let line = try database.lineage(from: commits).filter(\.isFinished)
        let written: [(commit: CommitRow, old: ObjectID, new: ObjectID)] = try edit(repo) { store in
            var gits: [Int64: ObjectID] = [:]
            var written: [(commit: CommitRow, old: ObjectID, new: ObjectID)] = []
            for commit in line {
                guard let old = commit.git else {
                    throw PachError(.corrupt, "commit \(commit.link) is finished and has no Git commit", hint: "Run 'pach fsck'.")
                }
                let object = try GitCommit(parsing: store.read(old).bytes)
                var message = try CommitMessage(parsing: object.message)
                message.parent = try commit.parent.map { try database.commit(seq: $0).id }
                let good = try database.nearestGood(commit.parent)
                let bytes = message.gitObject(tree: object.tree, gitParent: good.flatMap { gits[$0.seq] ?? $0.git })
                let new = try store.write(.commit, bytes)
                gits[commit.seq] = new
                if new != old { written.append((commit, old, new)) }
            }
            return written
        }
        for (commit, _, new) in written { try database.setGit(of: commit, to: new) }
        try database.moveRefs(in: repo, Dictionary(written.map { ($0.old, $0.new) }, uniquingKeysWith: { _, new in new }))
    }
}
