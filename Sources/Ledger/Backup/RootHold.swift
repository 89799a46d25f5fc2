internal import GitStore
internal import Metadata
internal import Model
internal import Synchronization

/// What a backup reads while others write: the database as it was at one moment, and the repos that it names, whose packs and folders stay.
struct RootHold: Sendable {
    let snapshot: MetadataSnapshot
    /// The packs that stay, by the keys of their repos.
    let packs: [Int64: Set<PackName>]
    /// What other programs brought, by the keys of their repos; that of those whose refs could be read.
    let foreignRefs: [Int64: [PackedRefs.Ref]]
    /// Why repos, by their keys, could not be held, or their refs not be read: they are damaged.
    let problems: [Int64: PachError]
    fileprivate let stores: [RepoStore]
    /// All of them, whose folders stay.
    fileprivate let repos: Set<RepoName>
}

extension Ledger {
    /// Holds the root as it is now, in one step between two rounds of the publisher: within it no collection begins and no folder goes, so that
    /// all that the snapshot names is there.
    /// - Throws: `locked` while a repo is being collected or backed up.
    func holdRoot() async throws -> RootHold {
        // To hold a repo waits until its packs are joined: better here than on the lane.
        await publisher.merges.ended()
        return try await publisher.betweenRounds { [self] in
            var stores: [Int64: RepoStore] = [:]
            var problems: [Int64: PachError] = [:]
            var names: Set<RepoName> = []
            func hold(_ repos: [RepoRow]) throws(PachError) {
                for repo in repos where stores[repo.key] == nil && problems[repo.key] == nil {
                    // Those of another backup stay its own, should this one end here.
                    if heldRepos.withLock({ $0.insert(repo.name).inserted }) { names.insert(repo.name) }
                    do throws(PachError) {
                        stores[repo.key] = try self.hold(repo)
                    } catch {
                        guard error.code == .corrupt || error.code == .inaccessible else { throw error }
                        problems[repo.key] = error
                    }
                }
            }
            do {
                // A collection that is under way may sweep what a snapshot of this moment names, and so is noticed before there is one.
                try hold(try metadata.read { try $0.repos() })
                let snapshot = try metadata.snapshot()
                try hold(try snapshot.read { try $0.repos() })
                // Only now is all there that the snapshot names: uploads bring packs whenever they like.
                let packs = try stores.mapValues { (store) throws(PachError) in try store.git.extendHold() }
                var foreign: [Int64: [PackedRefs.Ref]] = [:]
                for (key, store) in stores {
                    do throws(PachError) {
                        foreign[key] = try ForeignRefs.find(in: store.git)
                    } catch {
                        guard !error.concernsAll else { throw error }
                        problems[key] = unreadable(store.row, error)
                    }
                }
                return RootHold(
                    snapshot: snapshot, packs: packs, foreignRefs: foreign, problems: problems, stores: Array(stores.values), repos: names)
            } catch {
                release(stores.values, names)
                throw error
            }
        }
    }

    private func hold(_ repo: RepoRow) throws(PachError) -> RepoStore {
        let store = try store(repo)
        let isHeld: Bool
        do throws(PachError) {
            isHeld = try store.git.holdPacksForBackup()
        } catch {
            throw unreadable(repo, error)
        }
        guard isHeld else {
            throw PachError(.locked, "repo \(repo.name) is being collected or backed up already", hint: "Try again in a moment.")
        }
        return store
    }

    /// Lets go of what was held, and removes the folders of repos that were deleted meanwhile.
    func release(_ hold: RootHold) {
        release(hold.stores, hold.repos)
    }

    private func release(_ stores: some Sequence<RepoStore>, _ repos: Set<RepoName>) {
        let stores = Array(stores)
        // In one step of the lane: no other backup comes to hold a repo between its packs and its name.
        publisher.run(self) { [self] () throws(PachError) in
            for store in stores { store.git.releasePacks() }
            heldRepos.withLock { $0.subtract(repos) }
            try finishRepoRemovals()
        }
    }
}
