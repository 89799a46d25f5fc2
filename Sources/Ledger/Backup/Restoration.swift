internal import Foundation
internal import GitStore
internal import Metadata
public import Model

extension DataRoot {
    /// Fills an empty data root from a backup, each pack and the database verified. The database comes last: until it is there the root is not
    /// taken for one. Blocks.
    ///
    /// The caller holds the root's lock.
    /// - Throws: `conflict` where the root holds something; `notFound` where there is no complete backup; `corrupt`.
    public func restore(from folder: String) throws(PachError) -> CopiedRoot {
        let source = DataRoot(path: folder)
        guard let mark = BackupMark.read(source.path), mark.isComplete else {
            throw PachError(
                .notFound, "there is no complete backup in \(quoted(source.path))",
                hint: "'pach backup DIR' makes one; DIR is to be given here.")
        }
        let isResumed = FileManager.default.fileExists(atPath: restoringPath)
        let isEmpty = try repoFolders().isEmpty && !FileManager.default.fileExists(atPath: databasePath)
        guard isResumed || isEmpty else {
            throw PachError(
                .conflict, "the data root \(quoted(path)) is not empty",
                hint: "Restore to another with --root DIR, or move this one away first.")
        }
        var copy = FileCopy(links: false)
        try copy.write("", to: restoringPath)
        let fresh = databasePath + ".new"
        try copy.copy(source.databasePath, to: fresh, mode: 0o600)
        let repos = try MetadataStore.readSnapshot(at: fresh) { database in
            try database.repos().map { ($0.name, PackedRefs.text(of: try database.publishedRefs(of: $0))) }
        }
        var copied = CopiedRoot()
        copied.repos = repos.count
        for (name, refs) in repos {
            var repo = RepoCopy(from: source.repoPath(name), to: repoPath(name))
            try repo.run(&copy, verifiesAll: true)
            copied.packsCopied += repo.packsCopied
            copied.packsPresent += repo.packsPresent
            try copy.write(refs, to: "\(repoPath(name))/packed-refs")
        }
        try OwnFiles.copy(from: source, to: self, &copy)
        if let source = mark.source { try setIdentity(source.identity) }
        try copy.settle()
        try copy.rename(fresh, databasePath)
        try copy.settle()
        unlink(restoringPath)
        copied.bytesCopied = copy.byteCount
        return copied
    }

    /// There while a restoration is under way, so that one that was cut off can be repeated.
    private var restoringPath: String { "\(ownPath)/restoring" }
}
