import Files
public import Model

extension GitRepository {
    /// Removes what a crash left: packs and other files that never got their names, indexes whose packs are gone, locks of refs that nobody holds. A pack
    /// that lost its index, or never got it, is given one.
    ///
    /// Only for the owner of the data root, when it opens it: a running writer's files look the same.
    /// - Returns: the names of what was removed, relative to the repository.
    @discardableResult
    public func removeLeftovers() throws(PachError) -> [String] {
        var removed: [String] = []
        let names = Set(try Folder.names(in: objects.packFolder))
        for name in names.sorted() {
            if isPackAlone(name, among: names) { try objects.restoreIndex(of: String(name.dropLast(5)), calls: calls) }
            guard isIndexAlone(name, among: names) || name.hasPrefix(PackWriter.temporaryPrefix) else { continue }
            try Folder.removeFile("\(objects.packFolder)/\(name)")
            removed.append("objects/pack/\(name)")
        }
        let unnamed = try Folder.names(in: path).filter { $0.hasPrefix(Folder.temporaryPrefix) }
        for name in try unnamed + staleLocks() {
            try Folder.removeFile("\(path)/\(name)")
            removed.append(name)
        }
        return removed
    }

    /// A pack without index. A user's Git may be between the two; it then finds the same index there.
    private func isPackAlone(_ name: String, among names: Set<String>) -> Bool {
        name.hasSuffix(".pack") && PackName(name.dropLast(5)) != nil && !names.contains("\(name.dropLast(5)).idx")
    }

    /// An index without its pack: the rest of a pack that was removed, as a power cut may leave it. Nobody writes one before its pack.
    private func isIndexAlone(_ name: String, among names: Set<String>) -> Bool {
        (name.hasSuffix(".idx") || name.hasSuffix(".rev")) && PackName(name.dropLast(4)) != nil
            && !names.contains("\(name.dropLast(4)).pack")
    }

    /// After a crash: makes durable whatever packs are there. A commit counts on each of them, and the last process may not have come to
    /// sync their names (invariant 2).
    public func syncPackNames() throws(PachError) {
        try Folder.sync(objects.packFolder, calls: calls)
    }

    /// Lock files that nobody holds. The refs of a repo are the owner's alone, and what another program does to one is put right when the
    /// root is opened; so a lock that is found then, however young, is a crash's or stands for a change that would not last.
    private func staleLocks() throws(PachError) -> [String] {
        var stale: [String] = []
        var pending = ["refs"]
        while let folder = pending.popLast() {
            for name in try Folder.names(in: "\(path)/\(folder)") {
                let child = "\(folder)/\(name)"
                if try Folder.status(of: "\(path)/\(child)", followingLinks: false)?.isFolder == true {
                    pending.append(child)
                } else if name.hasSuffix(".lock") {
                    stale.append(child)
                }
            }
        }
        // A user's Git may be packing refs: that changes none.
        if try isOlder("packed-refs.lock", than: Limits.refLockAgeSecondsMax) { stale.append("packed-refs.lock") }
        return stale.sorted()
    }

    /// False for a file that does not exist.
    func isOlder(_ name: String, than seconds: Int) throws(PachError) -> Bool {
        guard let status = try Folder.status(of: "\(path)/\(name)") else { return false }
        return FileTime.now().seconds(since: status.modified) > Double(seconds)
    }
}
