public import Metadata
public import Model
internal import Storage

extension LedgerTransaction {
    // MARK: Making commits

    /// Opens a commit on a user's branch.
    /// - Parameter parent: where the branch goes first; nil for where it is.
    /// - Throws: `conflict` for an output branch, an open parent, an open head.
    public func startCommit(_ branch: Branch, parent: CommitReference?, description: String) throws -> CommitRow {
        let repo = try database.existingRepo(branch.repo)
        try database.requireUserBranch(branch, to: .commit)
        if let parent { try move(branch, in: repo, to: database.resolve(parent)) }
        let head = try database.head(of: branch)
        if let head { try requireFinished(parent: head) }
        return try openCommit(
            .random(), on: branch.name, in: repo, parent: head, origin: .user, description: description, provenance: [])
    }

    /// Opens a commit and makes it the branch's head.
    public func openCommit(
        _ id: CommitID, on branch: BranchName, in repo: RepoRow, parent: CommitRow?, origin: CommitOrigin, description: String,
        provenance: [(seq: Int64, branch: BranchName)]
    ) throws -> CommitRow {
        // What an output begins with is found out at its end: until then nobody reads it.
        let files = try files(of: parent, in: repo)
        let commit = try database.insertCommit(
            NewCommit(
                id: id, branch: branch, parent: parent?.seq, origin: origin, description: description, started: now, tree: files.tree,
                size: files.size, provenance: provenance),
            in: repo)
        try database.setHead(of: branch, in: repo, to: commit.seq, at: now)
        return commit
    }

    /// The files of a commit; none where there is no commit.
    private func files(of commit: CommitRow?, in repo: RepoRow) throws -> (tree: ObjectID, size: Int64) {
        if let commit { return (commit.tree, commit.size) }
        return (try edit(repo) { try StorageFormat.writeEmptyRoot(to: $0) }, 0)
    }

    /// Finishes an open commit: makes the Git commit, and says where refs go. What follows from it is `propagate`'s.
    /// - Parameters:
    ///   - error: why the commit counts for nothing.
    ///   - job: the job that made it, and how it ended.
    public func finish(_ commit: CommitRow, error: String? = nil, job: JobLink? = nil, jobState: JobState? = nil) throws -> CommitRow {
        let base = try database.nearestGood(commit.parent)
        let finished = try finishAlone(commit, base: base, error: error, job: job, jobState: jobState)
        try finishFailed(database.children(of: finished))
        return finished
    }

    /// Finishes an open commit of which nothing came, for it to show what the last good one before it has. As long as one before it is open
    /// nobody knows what that is: then it has its error, and is finished with that one.
    func fail(_ commit: CommitRow, error: String) throws {
        try database.setError(error, of: commit)
        try finishFailed([database.commit(seq: commit.seq)])
    }

    /// Finishes those of the commits that are open, have an error, and wait for no parent any more; and so on with their children.
    func finishFailed(_ commits: [CommitRow]) throws {
        for first in commits {
            let parent = try first.parent.map { try database.commit(seq: $0) }
            guard parent?.isFinished ?? true else { continue }
            // One for all: ten thousand may have failed in a row, so they are no recursion either.
            let base = try database.nearestGood(from: parent)
            var pending = [first]
            while let commit = pending.popLast() {
                guard let error = commit.error, !commit.isFinished else { continue }
                let files = try files(of: base, in: database.existingRepo(commit.repo))
                try database.setTree(of: commit, to: files.tree, size: files.size)
                let job = try database.job(output: commit.seq)
                let finished = try finishAlone(
                    database.commit(seq: commit.seq), base: base, error: error, job: job?.link, jobState: job?.state)
                pending += try database.children(of: finished)
            }
        }
    }

    /// - Parameter base: the nearest good commit before it.
    private func finishAlone(
        _ commit: CommitRow, base: CommitRow?, error: String?, job: JobLink?, jobState: JobState?
    ) throws -> CommitRow {
        let repo = try database.existingRepo(commit.repo)
        let parent = try commit.parent.map { try database.commit(seq: $0) }
        let message = CommitMessage(
            id: commit.id, branch: commit.branch, origin: commit.origin, description: commit.description, started: commit.started,
            finished: now, parent: parent?.id, size: commit.size, provenance: try links(database.provenance(of: commit)), job: job,
            jobState: jobState, error: error)
        let git = try writeGitCommit(message, tree: commit.tree, base: base, in: repo)
        let finished = try database.finishCommit(commit, CommitEnd(time: now, error: error, git: git))
        let isShown = try error == nil && database.nearestGood(from: database.head(of: finished.link.branch))?.seq == finished.seq
        return try name(finished, git, in: repo, isShown: isShown)
    }

    /// A commit that is made and finished in one step, on the branch's head.
    public func makeCommit(
        _ id: CommitID, on branch: Branch, origin: CommitOrigin, description: String, tree: ObjectID, size: Int64,
        provenance: [(seq: Int64, branch: BranchName)] = [], job: JobLink? = nil, error: String? = nil
    ) throws -> CommitRow {
        try makeCommit(
            id, on: branch.name, in: database.existingRepo(branch.repo), parent: database.head(of: branch), origin: origin,
            description: description, tree: tree, size: size, provenance: provenance, job: job, error: error)
    }

    /// The same, with what the caller knows already.
    /// - Parameter parent: the branch's head.
    public func makeCommit(
        _ id: CommitID, on branch: BranchName, in repo: RepoRow, parent: CommitRow?, origin: CommitOrigin, description: String,
        tree: ObjectID, size: Int64, provenance: [(seq: Int64, branch: BranchName)] = [], job: JobLink? = nil, error: String? = nil
    ) throws -> CommitRow {
        // One that was found through several branches counts once, as in the database.
        let upstream = try Dictionary(provenance.map { ($0.seq, $0.branch) }, uniquingKeysWith: { first, _ in first })
            .sorted { $0.key < $1.key }.map { ProvenanceRow(commit: try database.commit(seq: $0.key), branch: $0.value) }
        let message = CommitMessage(
            id: id, branch: branch, origin: origin, description: description, started: now, finished: now, parent: parent?.id,
            size: size, provenance: links(upstream), job: job, error: error)
        let git = try writeGitCommit(message, tree: tree, base: database.nearestGood(from: parent), in: repo)
        let commit = try database.insertCommit(
            NewCommit(
                id: id, branch: branch, parent: parent?.seq, origin: origin, description: description, started: now, tree: tree,
                size: size, provenance: provenance, end: CommitEnd(time: now, error: error, git: git)),
            in: repo)
        try database.setHead(of: branch, in: repo, to: commit.seq, at: now)
        return try name(commit, git, in: repo, isShown: true)
    }

    private func links(_ provenance: [ProvenanceRow]) -> [CommitLink] {
        provenance.map { CommitLink(branch: Branch(repo: $0.commit.repo, name: $0.branch), id: $0.commit.id) }
    }

    private func writeGitCommit(_ message: CommitMessage, tree: ObjectID, base: CommitRow?, in repo: RepoRow) throws -> ObjectID {
        let bytes = message.gitObject(tree: tree, gitParent: base?.git)
        return try edit(repo) { try $0.write(.commit, bytes) }
    }

    /// Says where the ref of a finished commit goes, and that there is one.
    /// - Parameter isShown: whether its branch leads to it, if it is good.
    private func name(_ commit: CommitRow, _ git: ObjectID, in repo: RepoRow, isShown: Bool) throws -> CommitRow {
        if commit.error != nil {
            try setRef(RefLayout.failed(commit.id), in: repo, to: git)
        } else {
            try setRef(isShown ? RefLayout.branch(commit.branch) : RefLayout.kept(commit.id), in: repo, to: git)
        }
        tell(.commitFinished(commit.link))
        return commit
    }

    func requireFinished(parent: CommitRow) throws {
        guard parent.isFinished else {
            throw PachError(
                .conflict, "parent commit \(parent.link) has not been finished",
                hint: "Finish it first: pach finish commit \(parent.link.branch)")
        }
    }

    // MARK: Branches

    /// Creates a branch, or moves one; what follows from the move shares a new commit set.
    public func moveBranch(_ branch: Branch, to head: CommitRow?) throws {
        let repo = try database.existingRepo(branch.repo)
        try database.requireUserBranch(branch, to: database.branch(branch) == nil ? .create : .move)
        let old = try move(branch, in: repo, to: head)
        if let head, head.seq != old?.seq {
            try propagate(from: [branch], id: .random())
        }
    }

    /// Moves a branch and its ref, and nothing else.
    /// - Returns: where it was.
    @discardableResult
    private func move(_ branch: Branch, in repo: RepoRow, to head: CommitRow?) throws -> CommitRow? {
        if let head {
            guard head.repo == branch.repo else {
                throw PachError(.invalidArgument, "branch \(branch) cannot point at \(head.link), a commit of another repo")
            }
            try requireFinished(parent: head)
        }
        let old = try database.head(of: branch)
        if let old, !old.isFinished {
            throw PachError(
                .conflict, "branch \(branch) has the open commit \(old.id)", hint: "Finish it first: pach finish commit \(branch)")
        }
        if old?.seq != head?.seq { try keep(old, in: repo) }
        try database.setHead(of: branch.name, in: repo, to: head?.seq, at: now)
        try setRef(RefLayout.branch(branch.name), in: repo, to: database.nearestGood(head?.seq)?.git)
        return old
    }

    public func deleteBranch(_ branch: Branch, force: Bool) throws {
        let repo = try database.existingRepo(branch.repo)
        let row = try database.existingBranch(branch)
        if !force {
            try database.requireNoReaders(of: "branch \(branch)") { $0 == branch }
            try database.requireUserBranch(branch, to: .delete)
        }
        let head = try row.head.map { try database.commit(seq: $0) }
        if let head, !head.isFinished {
            throw PachError(.conflict, "branch \(branch) has the open commit \(head.id)", hint: "Finish it first.")
        }
        try keep(head, in: repo)
        try database.deleteBranch(branch.name, in: repo)
        try setRef(RefLayout.branch(branch.name), in: repo, to: nil)
    }

    /// A branch that leaves a commit behind leaves a ref there: a finished commit is never lost (invariant 1).
    private func keep(_ head: CommitRow?, in repo: RepoRow) throws {
        guard let head = try database.nearestGood(head?.seq), let git = head.git else { return }
        try setRef(RefLayout.kept(head.id), in: repo, to: git)
    }
}
