internal import Files
internal import GitStore
internal import Model

/// The refs that keep what other programs brought: in Git alone, so no database has them.
enum ForeignRefs {
    /// Those of a repo, whatever of its other refs is damaged.
    /// - Throws: `corrupt` where a file that may hold some is damaged.
    static func find(in git: GitRepository) throws(PachError) -> [PackedRefs.Ref] {
        let found = try git.foundRefs()
        if let file = found.damaged.first(where: { $0 == FoundRefs.packedFile || $0.hasPrefix(RefLayout.foreignPrefix) }) {
            throw PachError(.corrupt, "the ref file \(quoted("\(git.path)/\(file)")) is damaged")
        }
        return refs(found.refs.map { ($0.name.description, $0.id) })
    }

    /// Those of a repo in a backup.
    /// - Parameter path: of the repo's folder.
    static func read(ofBackedUp path: String) throws(PachError) -> [PackedRefs.Ref] {
        let file = "\(path)/\(FoundRefs.packedFile)"
        guard try Folder.status(of: file) != nil else { return [] }
        return refs(PackedRefs(parsing: try MarkFile.bytes(of: file)).refs)
    }

    private static func refs(_ all: [PackedRefs.Ref]) -> [PackedRefs.Ref] {
        all.filter { $0.name.hasPrefix(RefLayout.foreignPrefix) }
    }
}
