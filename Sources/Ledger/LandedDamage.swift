internal import GitStore
internal import Metadata
internal import Model

extension Ledger {
    /// Removes landed objects that are damaged and that nothing needs. Runs between two rounds of publishing.
    /// - Returns: how many.
    func removeDamagedLanded(of store: RepoStore, isNeeded: (ObjectID) -> Bool) throws(PachError) -> Int {
        let landing = landed.snapshot(repo: store.row.key)
        let removed = try store.git.damage(among: landing.objects).keys.filter { !isNeeded($0) }
        guard !removed.isEmpty else { return 0 }
        var kept = landing.objects
        for id in removed { kept[id] = nil }
        let change = LandingChange(repo: store.row.key, landing: landing, kept: kept)
        try writeAlone { try change.write($0) }
        landed.remove(change.removed, repo: store.row.key)
        publisher.schedule(on: self, atOnce: false)
        return removed.count
    }
}
