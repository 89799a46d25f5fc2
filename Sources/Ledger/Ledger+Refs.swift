internal import GitStore
internal import Metadata
public import Model
internal import Storage

extension Ledger {
    /// Every ref of the repo: as the database has it, and those that only Git knows. Blocks.
    public func refs(of store: RepoStore) throws -> [(name: String, target: ObjectID)] {
        var refs = try metadata.read { try $0.refs(of: store.row) }
        for ref in try store.git.refs(below: "refs/") where refs[ref.name.description] == nil { refs[ref.name.description] = ref.id }
        return refs.map { ($0.key, $0.value) }
    }

    /// The tree of a Git commit; nil for another object. Blocks.
    public func tree(of git: ObjectID, in store: RepoStore) throws(PachError) -> ObjectID? {
        let object = try store.objects.read(git)
        switch object.kind {
        case .commit: return try GitCommit(parsing: object.bytes).tree
        case .tree: return git
        case .blob, .tag: return nil
        }
    }
}
