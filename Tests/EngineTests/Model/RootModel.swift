import Model
import Storage

/// What a data root is to hold, as a few dictionaries and trees in memory: what the engine is compared with.
struct RootModel {
    struct Commit {
        var branch: BranchName
        var parent: CommitID?
        var files: [FilePath: [UInt8]]
        var isOpen: Bool
    }

    struct Repo {
        /// Branches and their heads; nil for one without a commit.
        var heads: [BranchName: CommitID?] = [:]
        var commits: [CommitID: Commit] = [:]

        func head(_ branch: BranchName) -> CommitID? { heads[branch] ?? nil }

        func headCommit(_ branch: BranchName) -> Commit? { head(branch).flatMap { commits[$0] } }

        func children(of id: CommitID) -> [CommitID] { commits.filter { $0.value.parent == id }.map(\.key) }
    }

    var repos: [RepoName: Repo] = [:]

    // MARK: Changes. Each returns nil where it is to be refused.

    func creating(_ repo: RepoName) -> RootModel? {
        repos[repo] == nil ? with(repo, Repo()) : nil
    }

    func deleting(_ repo: RepoName) -> RootModel? {
        guard repos[repo] != nil else { return nil }
        var model = self
        model.repos[repo] = nil
        return model
    }

    /// What becomes of the files at a branch's tip, in the open commit that it has or in a new one.
    /// - Parameter made: the commit that the change was made in, where it was made.
    func changing(
        _ repo: RepoName, _ branch: BranchName, made: CommitID?, _ change: ([FilePath: [UInt8]]) -> [FilePath: [UInt8]]?
    ) -> RootModel? {
        guard var state = repos[repo] else { return nil }
        let base = state.headCommit(branch)
        guard let files = change(base?.files ?? [:]), Self.isTree(files) else { return nil }
        guard let made else { return self }
        if base?.isOpen == true, let head = state.head(branch) {
            state.commits[head]?.files = files
        } else {
            state.commits[made] = Commit(branch: branch, parent: state.head(branch), files: files, isOpen: false)
            state.heads[branch] = made
        }
        return with(repo, state)
    }

    /// - Parameter parent: where the branch goes first; nil for where it is.
    func starting(_ repo: RepoName, _ branch: BranchName, behind parent: CommitID?, made: CommitID?) -> RootModel? {
        let moved = parent == nil ? self : moving(repo, branch, to: parent)
        guard var state = moved?.repos[repo] else { return nil }
        let base = state.headCommit(branch)
        guard base?.isOpen != true else { return nil }
        guard let made else { return self }
        state.commits[made] = Commit(branch: branch, parent: state.head(branch), files: base?.files ?? [:], isOpen: true)
        state.heads[branch] = made
        return with(repo, state)
    }

    func finishing(_ repo: RepoName, _ branch: BranchName) -> RootModel? {
        guard var state = repos[repo], let head = state.head(branch), state.commits[head]?.isOpen == true else { return nil }
        state.commits[head]?.isOpen = false
        return with(repo, state)
    }

    func moving(_ repo: RepoName, _ branch: BranchName, to commit: CommitID?) -> RootModel? {
        guard var state = repos[repo], state.headCommit(branch)?.isOpen != true else { return nil }
        if let commit {
            guard state.commits[commit]?.isOpen == false else { return nil }
            state.heads[branch] = commit
        } else {
            guard state.heads[branch] == nil else { return nil }
            state.heads[branch] = .some(nil)
        }
        return with(repo, state)
    }

    func deleting(_ repo: RepoName, _ branch: BranchName) -> RootModel? {
        guard var state = repos[repo], state.heads[branch] != nil, state.headCommit(branch)?.isOpen != true else { return nil }
        state.heads[branch] = nil
        return with(repo, state)
    }

    func squashing(_ repo: RepoName, _ commit: CommitID) -> RootModel? {
        removing(repo, commit) { !$0.isEmpty }
    }

    func dropping(_ repo: RepoName, _ commit: CommitID) -> RootModel? {
        removing(repo, commit, where: \.isEmpty)
    }

    private func removing(_ repo: RepoName, _ id: CommitID, where allows: ([CommitID]) -> Bool) -> RootModel? {
        guard var state = repos[repo], let commit = state.commits[id] else { return nil }
        let children = state.children(of: id)
        guard allows(children) else { return nil }
        for child in children { state.commits[child]?.parent = commit.parent }
        for (branch, head) in state.heads where head == id { state.heads[branch] = .some(commit.parent) }
        state.commits[id] = nil
        return with(repo, state)
    }

    private func with(_ repo: RepoName, _ state: Repo) -> RootModel {
        var model = self
        model.repos[repo] = state
        return model
    }

    // MARK: Files

    /// Whether no path is both a file and a folder.
    private static func isTree(_ files: [FilePath: [UInt8]]) -> Bool {
        files.keys.allSatisfy { path in
            var above = path.parent
            while !above.isRoot {
                if files[above] != nil { return false }
                above = above.parent
            }
            return true
        }
    }

    /// The files at or below a path, by what their paths have beyond it.
    static func below(_ path: FilePath, in files: [FilePath: [UInt8]]) -> [FilePath: [UInt8]] {
        var found: [FilePath: [UInt8]] = [:]
        for (file, bytes) in files where file.components.starts(with: path.components) {
            found[FilePath(file.components.dropFirst(path.components.count))] = bytes
        }
        return found
    }

    /// The id of the tree with these files, made from nothing in a store in memory: what content is decides its id (invariant 9).
    static func tree(of files: [FilePath: [UInt8]], in store: InMemoryStore) throws -> ObjectID {
        let editor = TreeEditor()
        for (path, bytes) in files { try editor.put(FileIngest.store(bytes, to: store), at: path) }
        return try editor.apply(to: StorageFormat.writeEmptyRoot(to: store), reader: store, writer: store).root
    }
}
