internal import GRDB
internal import Ledger
internal import Metadata
public import Model
public import Operations
internal import Storage
internal import Threads

extension Engine {
    public func whyObject(_ id: ObjectID, number: Int) async throws -> [ObjectUse] {
        let repos = try await ledger.read { try $0.repos() }.sorted { $0.name < $1.name }
        let uses = try await Cancellation.blocking { [ledger] cancellation in
            try repos.compactMap { repo in
                let store = try ledger.store(repo.name)
                let objects = cancellation.searching(store.objects)
                return try ObjectUseSearch(id: id, store: store, objects: objects, ledger: ledger).run(limit: number)
            }
        }
        guard !uses.isEmpty else {
            throw PachError(
                .notFound, "object \(id) is in no repo",
                hint: "Object ids are Git's, of 40 digits; 'pach inspect file' and 'pach list file --raw' show those of files.")
        }
        return uses
    }
}

/// Finds what keeps an object in one repo. Blocks.
private struct ObjectUseSearch {
    let id: ObjectID
    let store: RepoStore
    let objects: any ObjectReader
    let ledger: Ledger

    /// - Returns: nil where the repo does not have it.
    func run(limit: Int) throws -> ObjectUse? {
        let header: ObjectHeader
        do throws(PachError) {
            header = try objects.header(of: id)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        var use = ObjectUse(repo: store.row.name, kind: header.kind.word, sizeBytes: Int64(header.size), keepers: [], keeperCount: 0)
        var finder = ObjectFinder([id], in: objects)
        func add(_ keeper: ObjectUse.Keeper) {
            use.keeperCount += 1
            if use.keepers.count < limit { use.keepers.append(keeper) }
        }
        var refs = Dictionary(grouping: try ledger.refs(of: store), by: \.target).mapValues { $0.map(\.name).sorted() }
        for commit in try ledger.metadata.read({ try $0.commits(in: store.row, limit: nil, origin: nil) }) {
            let names = commit.git.flatMap { refs.removeValue(forKey: $0) } ?? []
            if commit.git == id {
                add(ObjectUse.Keeper(commit: commit.link, refs: names, path: nil))
            } else if try finder.isWithin(commit.tree) {
                add(ObjectUse.Keeper(commit: commit.link, refs: names, path: try finder.paths(in: commit.tree, limit: 1).first))
            }
        }
        // What is left is no commit of ours: the index of good outputs, and what other programs made.
        for (target, names) in refs.sorted(by: { $0.value[0] < $1.value[0] }) {
            if target == id {
                add(ObjectUse.Keeper(commit: nil, refs: names, path: nil))
            } else if let tree = try ledger.tree(of: target, in: store), try finder.isWithin(tree) {
                add(ObjectUse.Keeper(commit: nil, refs: names, path: try finder.paths(in: tree, limit: 1).first))
            }
        }
        return use
    }
}
