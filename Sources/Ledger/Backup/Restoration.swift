internal import Files
internal import GitStore
internal import Glibc
internal import Metadata
public import Model

extension DataRoot {
    /// Fills an empty data root from a backup, each pack and the database verified. The database comes last, and until it is there nothing
    /// opens the root. Blocks.
    ///
    /// The caller holds the root's lock.
    /// - Throws: `conflict` where the root holds something; `notFound` where there is no complete backup; `locked` while a backup is made to the
    ///   folder; `corrupt`.
    public func restore(from folder: String) throws(PachError) -> CopiedRoot {
        let source = DataRoot(path: folder)
        guard let mark = try BackupMark.read(source.path), mark.isComplete else {
            throw PachError(
                .notFound, "there is no complete backup in \(quoted(source.path))",
                hint: "'pach backup DIR' makes one; DIR is to be given here.")
        }
        let lock = try BackupMark.lock(source.path, LOCK_SH)
        defer { withExtendedLifetime(lock) {} }
        let earlier = try RestorationMark.read(self)
        let hasRepos = try !repoFolders().isEmpty
        guard earlier != nil || !(hasDatabase || hasRepos) else {
            throw PachError(
                .conflict, "the data root \(quoted(path)) is not empty",
                hint: "Restore to another with --root DIR, or move this one away first.")
        }
        var copy = FileCopy(links: false)
        let fresh = databasePath + ".new"
        try FileCopy.removeLeftovers(in: ownPath)
        let repos = try takeDatabase(of: source, to: fresh, &copy)
        let names = Set(repos.map(\.name))
        let laidOut = earlier?.repos ?? []
        try RestorationMark(repos: names.union(laidOut)).write(self, &copy)
        try copy.settle()
        for name in laidOut.subtracting(names) where try Folder.status(of: repoPath(name)) != nil {
            try Folder.removeTree(repoPath(name))
        }
        var copied = CopiedRoot()
        copied.repos = repos.count
        for (name, refs) in repos {
            guard try Folder.status(of: source.repoPath(name)) != nil else {
                throw Self.damage(of: "repo \(name)", in: source, "the folder \(quoted(source.repoPath(name))) is gone")
            }
            var repo = RepoCopy(from: source.repoPath(name), to: repoPath(name))
            try repo.run(&copy, refs: refs, verifiesAll: true)
            if let failure = repo.damage ?? repo.unread { throw failure }
            // The backup says so too; what it has is better than nothing.
            copied.problems[name] = repo.lack
            copied.packsCopied += repo.packsCopied
            copied.packsPresent += repo.packsPresent
            // Of another backup, from which an earlier restoration began.
            if laidOut.contains(name) { try copy.removeAll(repo.stale) }
            let foreign = try ForeignRefs.read(ofBackedUp: source.repoPath(name))
            try copy.write(PackedRefs.text(of: refs + foreign), to: "\(repoPath(name))/\(FoundRefs.packedFile)")
        }
        try copy.removeAll(OwnFiles.copy(from: source, to: self, &copy))
        if let source = mark.source { try setIdentity(source.identity) }
        try copy.settle()
        // One may be there that a version wrote which did open such a root; with its log, which must not become this one's.
        try replaceDatabase(with: fresh)
        try RestorationMark.remove(self)
        copied.bytesCopied = copy.byteCount
        return copied
    }

    /// Copies a backup's database, and makes sure that it is whole; where it is not, nothing is left.
    private func takeDatabase(
        of source: DataRoot, to fresh: String, _ copy: inout FileCopy
    ) throws(PachError) -> [(name: RepoName, refs: [PackedRefs.Ref])] {
        do throws(PachError) {
            try copy.copy(source.databasePath, to: fresh, mode: 0o600)
            return try MetadataStore.readSnapshot(at: fresh) { database in
                try database.repos().map { ($0.name, try database.publishedRefs(of: $0)) }
            }
        } catch {
            // The first failure is the one to tell.
            try? Self.removeDatabase(at: fresh)
            guard error.code == .corrupt else { throw error }
            throw Self.damage(of: "the database", in: source, error.cause ?? error.message)
        }
    }

    private static func damage(of part: String, in backup: DataRoot, _ cause: String) -> PachError {
        PachError(
            .corrupt, "\(part) of the backup \(quoted(backup.path)) is damaged", cause: cause,
            hint:
                "Take another backup; or copy the folder, remove '\(BackupMark.name)' from the copy, and run 'pach fsck --rebuild' on it."
        )
    }

    /// - Throws: `conflict` where a restoration began and did not come to its end.
    public func requireRestored() throws(PachError) {
        guard try RestorationMark.read(self) != nil else { return }
        throw PachError(
            .conflict, "the data root \(quoted(path)) is not whole: a restoration was cut off or failed",
            hint: "Repeat it, 'pach restore DIR --root \(path)', from that backup or another; or remove the folder.")
    }
}

/// The file that is there while a restoration is under way: nothing else opens the root, and one that was cut off can be repeated.
private struct RestorationMark {
    /// What the restoration lays out, and so may remove.
    var repos: Set<RepoName>

    private static func path(_ root: DataRoot) -> String { "\(root.ownPath)/restoring" }

    static func read(_ root: DataRoot) throws(PachError) -> RestorationMark? {
        guard let text = try MarkFile.text(of: path(root)) else { return nil }
        // What is no name was laid out by no restoration, and is not for one to remove.
        return RestorationMark(repos: Set(text.split(separator: "\n").compactMap { try? RepoName(String($0)) }))
    }

    func write(_ root: DataRoot, _ copy: inout FileCopy) throws(PachError) {
        try copy.write(repos.sorted().map { "\($0)\n" }.joined(), to: Self.path(root))
    }

    static func remove(_ root: DataRoot) throws(PachError) {
        try Folder.removeFile(path(root))
        try Durability.sync(root.ownPath)
    }
}
