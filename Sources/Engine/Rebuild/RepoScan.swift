internal import GitStore
internal import Ledger
internal import Model
internal import Storage

/// What a Git repository tells of itself: its refs, and the commits that they lead to. Blocks.
struct RepoScan {
    /// A commit of ours, as its Git commit tells it.
    struct FoundCommit {
        var repo: RepoName
        var git: ObjectID
        var tree: ObjectID
        var message: CommitMessage
    }

    let name: RepoName
    let git: GitRepository
    private(set) var refs: [String: ObjectID] = [:]
    private(set) var commits: [CommitID: FoundCommit] = [:]
    /// Commits of ours by their Git ids.
    private(set) var ids: [ObjectID: CommitID] = [:]
    private(set) var losses: [String] = []

    init(_ name: RepoName, at path: String, files: OpenFiles) throws {
        self.name = name
        git = try GitRepository(opening: path, files: files)
        let found = try git.foundRefs()
        for ref in found.refs { refs[ref.name.description] = ref.id }
        for ref in found.damaged { losses.append("repo \(name): the ref \(ref) is damaged") }
        for ref in refs.keys.sorted() where ref.hasPrefix(Self.branchPrefix) && Self.branch(ref) == nil {
            losses.append("repo \(name): the ref \(ref) has a name that no branch can have")
        }
        let boundaries = try git.shallow()
        var pending: [ObjectID] = []
        for (ref, target) in refs.sorted(by: { $0.key < $1.key }) where Self.isOurs(ref) { pending.append(target) }
        var seen = Set(pending)
        while let id = pending.popLast() {
            do {
                let object = try git.objects.read(id)
                guard object.kind == .commit else { throw PachError(.corrupt, "it is a \(object.kind.word)") }
                let commit = try GitCommit(parsing: object.bytes)
                if !boundaries.contains(id) {
                    for parent in commit.parents where seen.insert(parent).inserted { pending.append(parent) }
                }
                let message = try CommitMessage(parsing: commit.message)
                commits[message.id] = FoundCommit(repo: name, git: id, tree: commit.tree, message: message)
                ids[id] = message.id
            } catch let error as PachError where !error.isOfTheMachine {
                losses.append("repo \(name): the Git commit \(id) could not be read: \(error)")
            }
        }
    }

    private static let branchPrefix = "refs/heads/"

    private static func branch(_ ref: String) -> BranchName? {
        guard ref.hasPrefix(branchPrefix) else { return nil }
        return try? BranchName(String(ref.dropFirst(branchPrefix.count)))
    }

    /// Whether the ref leads to commits: not the index of good outputs, nor what other programs left.
    private static func isOurs(_ ref: String) -> Bool {
        ref.hasPrefix(branchPrefix) || ref.hasPrefix(RefLayout.failedPrefix) || ref.hasPrefix(RefLayout.keptPrefix)
    }

    /// Refs that the database is to take over as they stand.
    var adoptedRefs: [String: ObjectID] {
        refs.filter { name, target in
            Self.isOurs(name) ? ids[target] != nil : name == RefLayout.datums || name == RefLayout.stopped
        }
    }

    /// Branches and their heads. A ref shows the newest good commit; ones that failed after it come from refs of their own.
    func heads() -> [BranchName: CommitID] {
        var heads: [BranchName: CommitID] = [:]
        for (ref, target) in refs {
            if let name = Self.branch(ref), let id = ids[target] { heads[name] = id }
        }
        let failed = commits.values.filter { $0.message.error != nil }.sorted { $0.message.finished < $1.message.finished }
        let failedIDs = Set(failed.map(\.message.id))
        // They may be all that a branch has.
        for message in failed.map(\.message) where heads[message.branch] == nil {
            if message.parent.map(failedIDs.contains) != true { heads[message.branch] = message.id }
        }
        // By their parents, since many may have ended at one time.
        var children: [BranchName: [CommitID: CommitMessage]] = [:]
        for message in failed.map(\.message) {
            if let parent = message.parent { children[message.branch, default: [:]][parent] = message }
        }
        for branch in heads.keys {
            // Taken away, so that a circle has an end.
            while let head = heads[branch], let child = children[branch]?.removeValue(forKey: head) {
                heads[branch] = child.id
            }
        }
        return heads
    }
}
