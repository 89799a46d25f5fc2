internal import GRDB
internal import GitStore
internal import Metadata
internal import Model
internal import Storage

// Landed objects that were damaged in the database keep nothing else back: what landed beside them goes into packs, and they alone stay, in
// one row, until the same bytes are put again or nothing needs them. Only the repo's refs wait for that, so that stock Git is shown no commit
// that is not whole (invariant 2).

extension PachError {
    /// Whether it says of an object that it cannot be read, here or anywhere else.
    fileprivate var isOfAnObject: Bool { [.corrupt, .notFound, .tooLarge].contains(code) }
}

extension RepoStore {
    /// Moves what landed into a pack.
    /// - Returns: what could not be moved since it is damaged; and bytes that were written a second time.
    func publish(
        _ landing: LandedObjects.Landing
    ) throws(PachError) -> (damaged: [ObjectID: PachError], repeatedByteCount: Int) {
        guard !landing.objects.isEmpty else { return ([:], 0) }
        do throws(PachError) {
            return ([:], try git.publish(landing.objects.values)?.repeatedByteCount ?? 0)
        } catch {
            guard error.isOfAnObject else { throw error }
            let unreadable = try git.damage(among: landing.objects)
            guard !unreadable.isEmpty else { throw error }
            let pack = try git.publish(landing.objects.filter { unreadable[$0.key] == nil }.values)
            var damaged = unreadable
            // A larger change brought those anew.
            for id in unreadable.keys where try isSoundInPacks(id) { damaged[id] = nil }
            return (damaged, pack?.repeatedByteCount ?? 0)
        }
    }

    private func isSoundInPacks(_ id: ObjectID) throws(PachError) -> Bool {
        do throws(PachError) {
            _ = try git.objects.read(id)
            return true
        } catch {
            guard error.isOfAnObject else { throw error }
            return false
        }
    }
}

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

/// What leaves the landing table and what stays there.
struct LandingChange {
    let repo: Int64
    let landing: LandedObjects.Landing
    let kept: [ObjectID: LandedObject]

    /// The row that holds what stays: the first, so that what came later goes on to count.
    private var row: Int64? { kept.isEmpty ? nil : landing.rows.min() }

    /// Whether all is as it was.
    var isNothing: Bool { kept.count == landing.objects.count && landing.rows.count == (kept.isEmpty ? 0 : 1) }

    func write(_ database: Database) throws {
        guard !isNothing else { return }
        try database.deleteLandings(landing.rows)
        if let row { try database.insertLanding(LandingRow(number: row, repo: repo, objects: kept.values.map { LandedRow($0) })) }
    }

    /// What is in memory no longer, once that is durable.
    var removed: LandedObjects.Landing {
        guard !isNothing else { return .init() }
        return LandedObjects.Landing(objects: landing.objects.filter { kept[$0.key] == nil }, rows: landing.rows.filter { $0 != row })
    }
}

extension LandedRow {
    init(_ object: LandedObject) {
        self.init(
            id: object.id, kind: object.kind.rawValue, size: object.size, data: object.deflated, base: object.basis?.id,
            deltaByteCount: object.basis?.deltaByteCount)
    }
}
