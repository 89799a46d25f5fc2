internal import Files
internal import GitStore
public import Metadata
public import Model
internal import Storage
internal import Synchronization

extension Ledger {
    /// Puts right what a crash left half done. Runs when the data root is opened, before anyone else writes.
    func recover() throws(PachError) {
        for failure in try GitRepository.removeLeftovers(in: root.path) { notices.report(failure) }
        try finishRepoRemovals()
        let repos = try metadata.read { try $0.repos() }
        if repos.isEmpty { try requireNoUnknownRepo() }
        let stores = try recoverStores(repos)
        try loadLanded()
        for store in stores {
            do throws(PachError) {
                for repair in try settleRefs(of: store) { notices.report(repair) }
            } catch {
                guard !error.concernsAll, diskFailure == nil else { throw error }
                repoProblems.note(
                    PachError(
                        error.code, "the refs of repo \(store.row.name) cannot be read", cause: error.description,
                        hint: "Let pach read what is named there, or remove it; then run 'pach fsck --fix'."), of: store.row)
            }
        }
        let isRefDue = try metadata.read { try !$0.dueRefs().isEmpty }
        repoProblems.hasUntriedLeftovers.withLock { $0 = isRefDue || !landed.repos.isEmpty }
        publisher.schedule(on: self, atOnce: false)
    }

    /// Removes the folders of all repos whose rows are gone. One that cannot be removed, such as a mount point, is told, and tried again later.
    func finishRepoRemovals() throws(PachError) {
        let names = try metadata.read { try $0.repoRemovals() }
        for text in names {
            let name: RepoName
            do { name = try RepoName(text) } catch { continue }
            do throws(PachError) {
                try removeRepoFolder(name)
            } catch {
                guard !error.concernsAll, diskFailure == nil else { throw error }
                notices.report(error)
            }
        }
    }

    /// Removes the folder of a repo whose rows are gone; one that a backup copies is left to `release`, or after a crash to `recover`.
    func removeRepoFolder(_ name: RepoName) throws(PachError) {
        guard !heldRepos.withLock({ $0.contains(name) }) else { return }
        publisher.merges.stop(name)
        forgetStore(name)
        let isBack = try metadata.read { try $0.repo(name) != nil }
        if !isBack, try Folder.status(of: root.repoPath(name), followingLinks: false) != nil {
            try GitRepository.remove(at: root.repoPath(name), files: files)
        }
        try writeAlone { try $0.finishRepoRemoval(name.description) }
    }

    private func loadLanded() throws(PachError) {
        for landing in try metadata.read({ try $0.landings() }) {
            var objects: [ObjectID: LandedObject] = [:]
            for row in landing.objects {
                // A kind that there is not is damage, of which the object's id tells as it does of any other.
                let kind = ObjectKind(rawValue: row.kind) ?? .blob
                let basis = row.base.flatMap { base in row.deltaByteCount.map { LandedObject.Basis(id: base, deltaByteCount: $0) } }
                objects[row.id] = LandedObject(id: row.id, kind: kind, size: row.size, deflated: row.data, basis: basis)
            }
            landed.load(objects, row: landing.number, repo: landing.repo)
        }
    }

    /// Writes anew what makes the repo's folder a repository; see `GitRepository.restoreLayout`. Blocks.
    public func restoreLayout(of repo: RepoRow) throws(PachError) -> [String] {
        try GitRepository.restoreLayout(at: root.repoPath(repo.name), files: files)
    }
}
