internal import Files
internal import GRDB
internal import GitStore
internal import Glibc
internal import Metadata
public import Model
internal import Threads

/// What a backup or a restoration copied.
public struct CopiedRoot: Sendable {
    public var repos = 0
    public var packsCopied = 0
    /// Packs that were there from an earlier time.
    public var packsPresent = 0
    public var bytesCopied: Int64 = 0
    /// Why repos are not whole in the copy.
    public var problems: [RepoName: PachError] = [:]

    public init() {}
}

extension Ledger {
    /// Copies the whole data root as it is at one moment, while others read and write: a snapshot of the database, the packs that it needs,
    /// refs as the snapshot has them, logs and the token. What a backup has already is not copied again. A repo that is deleted meanwhile keeps
    /// its folder until this has ended.
    ///
    /// Packs come before the database that names what is in them, and go after it; so the folder is a good backup at any time once the first
    /// is complete, whatever stops a later one.
    ///
    /// A repo that is damaged keeps no other from being copied. What can be read of it is copied, what landed there goes with the database, and
    /// nothing is removed that the backup has of it.
    /// - Parameters:
    ///   - links: let packs be the same files in both where they are on one file system: fast, and hit by the same damage.
    ///   - verifiesAll: check packs and loose objects that were there already, too.
    /// - Throws: `conflict` where the folder holds something else, such as another root's backup; `locked` while a repo is being collected,
    ///   and while there is another backup to the folder, or a restoration from it; `corrupt`; `stopped` where the task is cancelled before all
    ///   is copied, which leaves what a crash would.
    public func backUp(to folder: String, links: Bool, verifiesAll: Bool) async throws -> CopiedRoot {
        // A ref that another program holds comes from the database.
        var unpublished = Unpublished()
        do {
            unpublished.repos = try await publishRepos()
        } catch let error as PachError where error.code == .outOfSpace {
            // What landed goes with the database: all the more is a full disk to be backed up.
            unpublished = Unpublished(repos: publisher.failedRepos, mayLackSome: true)
        }
        unpublished.repos = unpublished.repos.filter { $0.value.code != .locked }
        let hold = try await holdRoot()
        defer { release(hold) }
        return try await Cancellation.blocking { [self, unpublished] cancellation in
            try copyRoot(hold, unpublished, to: folder, links: links, verifiesAll: verifiesAll) { () throws(PachError) in
                guard cancellation.isRequested else { return }
                throw PachError(.stopped, "the backup was cut off", hint: "What it copied the next one does not copy again.")
            }
        }
    }

    /// Why repos could not be published, by their keys.
    struct Unpublished: Sendable {
        var repos: [Int64: PachError] = [:]
        /// Whether not all was tried, so that there may be more of them.
        var mayLackSome = false
    }

    /// - Parameter check: is asked time and again until all is copied, and ends the backup by throwing.
    func copyRoot(
        _ hold: RootHold, _ unpublished: Unpublished, to folder: String, links: Bool, verifiesAll: Bool,
        check: @escaping () throws(PachError) -> Void = {}
    ) throws -> CopiedRoot {
        let destination = DataRoot(path: folder)
        guard !Folder.contains(root.path, destination.path) else {
            throw PachError(
                .invalidArgument, "a backup cannot lie within the data root \(quoted(root.path))", hint: "Name a folder elsewhere.")
        }
        var copy = FileCopy(links: links, check: check)
        try copy.makeFolder(destination.path)
        let lock = try BackupMark.lock(destination.path, LOCK_EX)
        defer { withExtendedLifetime(lock) {} }
        let complete = try takeOver(destination, &copy)
        let fresh = try move(hold.snapshot, to: destination)
        var (repos, copied, stale) = try MetadataStore.readSnapshot(at: fresh) { database in
            let repos = try database.repos().map { NamedRepo(row: $0, refs: try database.publishedRefs(of: $0)) }
            let (copied, stale) = try copyRepos(repos, database, hold, unpublished, to: destination, &copy, verifiesAll: verifiesAll)
            return (repos, copied, stale)
        }
        stale += try OwnFiles.copy(from: root, to: destination, &copy)
        // All objects are there: the database may name them.
        try copy.settle()
        try nameDatabase(fresh, repos, hold, in: destination, &copy)
        try copy.write(complete.text(at: .now), to: BackupMark.path(destination.path))
        try copy.settle()
        try copy.removeAll(stale)
        let names = Set(repos.map(\.name))
        for name in try destination.repoFolders() where !names.contains(name) {
            try Folder.removeTree(destination.repoPath(name))
        }
        copied.bytesCopied = copy.byteCount
        return copied
    }

    /// A repo as the snapshot has it.
    private struct NamedRepo: Sendable {
        var row: RepoRow
        var refs: [PackedRefs.Ref]
        var key: Int64 { row.key }
        var name: RepoName { row.name }
    }

    /// Makes sure that the folder is this root's backup: it is already, or it is empty and becomes that.
    /// - Returns: what marks it once it is complete.
    private func takeOver(_ destination: DataRoot, _ copy: inout FileCopy) throws -> BackupMark {
        // The first time, it is written.
        let identity = try ballast.used { try root.identity() }
        let complete = BackupMark(isComplete: true, source: BackupMark.Source(identity: identity, path: root.path))
        if let present = try BackupMark.read(destination.path) {
            try requireOwn(present, in: destination)
        } else {
            guard try Folder.names(in: destination.path).allSatisfy({ $0 == FileCopy.temporaryName(of: BackupMark.name) }) else {
                throw PachError(
                    .conflict, "the folder \(quoted(destination.path)) holds something that is no backup",
                    hint: "Name an empty or new folder.")
            }
            var incomplete = complete
            incomplete.isComplete = false
            try copy.write(incomplete.text(at: .now), to: BackupMark.path(destination.path))
            // Whatever else a power cut leaves in the folder, the next backup must know it for its own.
            try copy.settle()
        }
        return complete
    }

    /// Puts the snapshot beside the database that the backup has.
    /// - Returns: where it is.
    private func move(_ snapshot: MetadataSnapshot, to destination: DataRoot) throws -> String {
        try destination.makeFolders()
        let fresh = destination.databasePath + ".new"
        try DataRoot.removeDatabase(at: fresh)
        try snapshot.move(to: fresh)
        try Durability.sync(fresh)
        return fresh
    }

    /// - Returns: also the files that the backup does not need any more, once it is complete.
    private func copyRepos(
        _ repos: [NamedRepo], _ database: Database, _ hold: RootHold, _ unpublished: Unpublished, to destination: DataRoot,
        _ copy: inout FileCopy, verifiesAll: Bool
    ) throws -> (copied: CopiedRoot, stale: [String]) {
        var copied = CopiedRoot()
        copied.repos = repos.count
        var stale: [String] = []
        for repo in repos {
            var part = RepoCopy(from: root.repoPath(repo.name), to: destination.repoPath(repo.name))
            try part.run(&copy, refs: repo.refs, held: hold.packs[repo.key], verifiesAll: verifiesAll)
            try lookUpCommits(of: repo.row, database, in: &part)
            copied.packsCopied += part.packsCopied
            copied.packsPresent += part.packsPresent
            let problem =
                part.damage.map { Self.failure(of: repo.name, $0) } ?? hold.problems[repo.key] ?? unpublished.repos[repo.key]
                ?? part.unread ?? part.lack
            copied.problems[repo.name] = problem
            // What a damaged repo lost the backup may still have.
            if problem == nil, !unpublished.mayLackSome { stale += part.stale }
        }
        return (copied, stale)
    }

    /// Looks for what all commits of the repo begin with: of a pack that is lost the backup may have the only copy, however old what it holds.
    private func lookUpCommits(of repo: RepoRow, _ database: Database, in part: inout RepoCopy) throws {
        var landed: Set<ObjectID>?
        var last: Int64 = 0
        while part.lack == nil, part.unread == nil {
            let page = try database.commitRoots(of: repo, after: last, limit: RepoCollection.rootsPageCount)
            guard let end = page.last?.seq else { return }
            for (_, git, tree) in page {
                for id in [git, tree].compactMap(\.self) where !part.contains(id) {
                    // What came since all was published goes with the database.
                    let waiting = try landed ?? database.landedObjects(of: repo)
                    landed = waiting
                    if !waiting.contains(id) { part.require(id, "a commit") }
                }
            }
            last = end
        }
    }

    /// Lets the database of this backup take the place of the last one's, and the refs that of theirs.
    private func nameDatabase(
        _ fresh: String, _ repos: [NamedRepo], _ hold: RootHold, in destination: DataRoot, _ copy: inout FileCopy
    ) throws {
        try copy.rename(fresh, destination.databasePath)
        for repo in repos {
            let path = destination.repoPath(repo.name)
            // Of a repo whose refs cannot be read, what the backup has stays.
            let foreign = try hold.foreignRefs[repo.key] ?? ForeignRefs.read(ofBackedUp: path)
            try copy.write(PackedRefs.text(of: repo.refs + foreign), to: "\(path)/\(FoundRefs.packedFile)")
        }
        try copy.settle()
    }

    private static func failure(of repo: RepoName, _ damage: PachError) -> PachError {
        PachError(
            .corrupt, "a file of repo \(repo) did not pass its check, and is missing in the backup", cause: damage.description,
            hint: "The next backup copies it anew; where it is damaged in the data root, 'pach fsck --fix' repairs what can be repaired.")
    }

    /// What a backup holds that its root does not is removed; so it has to be this root's.
    private func requireOwn(_ mark: BackupMark, in destination: DataRoot) throws(PachError) {
        let hint = "Name another folder, or remove this one first if what it holds is not needed."
        guard let source = mark.source else {
            // Of a version that did not note the root: the names of the repos tell.
            let (theirs, ours) = (try destination.repoFolders(), try root.repoFolders())
            guard mark.isComplete, !theirs.isEmpty, Set(theirs).isDisjoint(with: ours) else { return }
            throw PachError(
                .conflict, "the folder \(quoted(destination.path)) holds a backup of repos that \(quoted(root.path)) has none of",
                cause: "it has \(theirs[0])", hint: hint)
        }
        let identity = try root.identity()
        guard source.identity != identity else { return }
        throw PachError(
            .conflict,
            "the folder \(quoted(destination.path)) holds the backup of another data root, or of this one before its database was made anew",
            cause: "it is of \(quoted(source.path)) (\(source.identity)), and this is \(quoted(root.path)) (\(identity))",
            hint: "\(hint) After 'pach fsck --rebuild' it may have what is in no other place.")
    }
}

/// What the engine's own folder holds beside the database that is worth keeping.
enum OwnFiles {
    /// Copies logs, which only grow, and the token. A log that goes meanwhile is gone: that of a job that is removed.
    /// - Returns: logs of the destination that the source does not have.
    static func copy(from source: DataRoot, to destination: DataRoot, _ copy: inout FileCopy) throws(PachError) -> [String] {
        let logs = try Folder.files(below: source.logsPath)
        for name in logs {
            let (from, to) = ("\(source.logsPath)/\(name)", "\(destination.logsPath)/\(name)")
            guard try Folder.status(of: from)?.byteCount != Folder.status(of: to)?.byteCount else { continue }
            try copy.makeFolder(Folder.parent(of: to))
            do throws(PachError) {
                try copy.copy(from, to: to, mode: 0o600)
            } catch {
                guard error.code == .notFound, try Folder.status(of: from) == nil else { throw error }
            }
        }
        if try Folder.status(of: source.tokenPath) != nil { try copy.copy(source.tokenPath, to: destination.tokenPath, mode: 0o600) }
        return Set(try Folder.files(below: destination.logsPath)).subtracting(logs).map { "\(destination.logsPath)/\($0)" }
    }
}
