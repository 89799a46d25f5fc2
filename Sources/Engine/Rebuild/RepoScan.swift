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
    /// Git commits that could not be read: what they lead to was not looked at.
    private(set) var lost: Set<ObjectID> = []
    /// Commits that an earlier rebuild could not read, and that no ref leads to any more.
    private(set) var strays: [FoundCommit] = []
    private(set) var losses: [String] = []

    /// - Parameter formerlyLost: Git commits that an earlier rebuild could not read.
    init(_ name: RepoName, at path: String, files: OpenFiles, formerlyLost: [ObjectID]) throws {
        self.name = name
        git = try GitRepository(opening: path, files: files)
        let found = try git.foundRefs()
        for ref in found.refs { refs[ref.name.description] = ref.id }
        for ref in found.damaged { losses.append("repo \(name): the ref \(ref) is damaged") }
        for ref in refs.keys.sorted() where ref.hasPrefix(Self.branchPrefix) && Self.branch(ref) == nil {
            losses.append("repo \(name): the ref \(ref) has a name that no branch can have")
        }
        let boundaries = try git.shallow()
        var seen: Set<ObjectID> = []
        try walk(from: refs.sorted { $0.key < $1.key }.filter { Self.isOurs($0.key) }.map(\.value), boundaries, &seen)
        for id in formerlyLost where !seen.contains(id) {
            try walk(from: [id], boundaries, &seen)
            if let found = ids[id].flatMap({ commits[$0] }) { strays.append(found) }
        }
    }

    /// Takes in the commits and all that they descend from.
    private mutating func walk(from starts: [ObjectID], _ boundaries: Set<ObjectID>, _ seen: inout Set<ObjectID>) throws {
        var pending = starts
        seen.formUnion(starts)
        while let id = pending.popLast() {
            do {
                guard let object = try read(id) else { continue }
                guard object.kind == .commit else { throw PachError(.corrupt, "it is a \(object.kind.word)") }
                let commit = try GitCommit(parsing: object.bytes)
                if !boundaries.contains(id) {
                    for parent in commit.parents where seen.insert(parent).inserted { pending.append(parent) }
                }
                let message = try CommitMessage(parsing: commit.message)
                commits[message.id] = FoundCommit(repo: name, git: id, tree: commit.tree, message: message)
                ids[id] = message.id
            } catch let error as PachError where !error.isOfTheMachine {
                losses.append("repo \(name): the Git commit \(id) is none of ours: \(error)")
            }
        }
    }

    /// - Returns: nil where it cannot be read, and not because the machine fails.
    private mutating func read(_ id: ObjectID) throws(PachError) -> StoredObject? {
        do throws(PachError) {
            return try git.objects.read(id)
        } catch {
            guard !error.isOfTheMachine else { throw error }
            lost.insert(id)
            losses.append(
                "repo \(name): the Git commit \(id) could not be read (\(error)); what came before it stays where it is, and 'pach gc' leaves the repo alone: to have it again put back what is missing, as from a backup, and rebuild once more"
            )
            return nil
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

    /// Refs that the database is to take over as they stand, also where their commits are lost: nothing else tells which those were.
    var adoptedRefs: [String: ObjectID] {
        refs.filter { name, target in
            Self.isOurs(name) ? ids[target] != nil || lost.contains(target) : name == RefLayout.datums || name == RefLayout.stopped
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
