internal import GitStore
internal import Model
internal import Storage
internal import Synchronization

/// The objects that are durable in the database and not yet in a pack, kept in memory as well, so that readers need no query.
///
/// Bounded: the publisher empties it at `Publisher.roundByteCount`, and writers wait at `Ledger.landedByteCountMax`; what repos hold that cannot be
/// published is counted apart, and bounded by `Ledger.stuckByteCountMax`.
final class LandedObjects: Sendable {
    private struct State {
        var settled: [Int64: Landing] = [:]
        /// Those of the transaction that is being committed. Its names may be seen a moment before it returns, so its objects can be read; but
        /// nobody may count on them yet.
        var staged: [Int64: Landing] = [:]
        var nextRow: Int64 = 0

        mutating func settle(_ landing: Landing, repo: Int64) {
            settled[repo, default: Landing()].rows += landing.rows
            for (id, object) in landing.objects { settled[repo, default: Landing()].insert(id, object) }
        }
    }

    /// Objects of one repo, and the rows of the database that hold these and no others.
    struct Landing {
        private(set) var objects: [ObjectID: LandedObject] = [:]
        var rows: [Int64] = []
        /// Deflated bytes of the objects.
        private(set) var byteCount = 0

        init(objects: [ObjectID: LandedObject] = [:], rows: [Int64] = []) {
            self.rows = rows
            for (id, object) in objects { insert(id, object) }
        }

        mutating func insert(_ id: ObjectID, _ object: LandedObject) {
            let known = objects.updateValue(object, forKey: id)
            byteCount += object.deflated.count - (known?.deflated.count ?? 0)
        }

        mutating func remove(_ id: ObjectID) {
            if let removed = objects.removeValue(forKey: id) { byteCount -= removed.deflated.count }
        }
    }

    private let state = Mutex(State())

    /// Deflated bytes of all.
    var byteCount: Int { byteCount { _ in true } }

    /// Deflated bytes of some repos, by their keys.
    func byteCount(of isCounted: (Int64) -> Bool) -> Int {
        state.withLock { state in
            state.settled.reduce(0) { $0 + (isCounted($1.key) ? $1.value.byteCount : 0) }
        }
    }

    func find(_ id: ObjectID, repo: Int64) -> LandedObject? {
        state.withLock { $0.settled[repo]?.objects[id] ?? $0.staged[repo]?.objects[id] }
    }

    /// Whether the object is durable here.
    func contains(_ id: ObjectID, repo: Int64) -> Bool {
        state.withLock { $0.settled[repo]?.objects[id] != nil }
    }

    /// Shows objects to readers while the transaction that holds them is committed; `settleStaged` or `unstage` follows.
    /// - Returns: the number of the row that is to hold them.
    func stage(_ objects: [ObjectID: LandedObject], repo: Int64) -> Int64 {
        state.withLock { state in
            let row = state.nextRow
            state.nextRow += 1
            state.staged[repo] = Landing(objects: objects, rows: [row])
            return row
        }
    }

    /// The transaction is durable.
    func settleStaged() {
        state.withLock { state in
            for (repo, landing) in state.staged { state.settle(landing, repo: repo) }
            state.staged = [:]
        }
    }

    /// The transaction failed.
    func unstage() {
        state.withLock { $0.staged = [:] }
    }

    /// Takes in what a row of the database holds as it is opened.
    func load(_ objects: [ObjectID: LandedObject], row: Int64, repo: Int64) {
        state.withLock { state in
            state.settle(Landing(objects: objects, rows: [row]), repo: repo)
            state.nextRow = max(state.nextRow, row + 1)
        }
    }

    func remove(_ landing: Landing, repo: Int64) {
        state.withLock { state in
            for id in landing.objects.keys { state.settled[repo]?.remove(id) }
            let rows = Set(landing.rows)
            state.settled[repo]?.rows.removeAll { rows.contains($0) }
            // A row may be left whose objects another one held as well.
            if let left = state.settled[repo], left.objects.isEmpty, left.rows.isEmpty { state.settled[repo] = nil }
        }
    }

    /// All of a repo: what the next round of publishing moves. With those that are being committed, since their refs may be due already.
    func snapshot(repo: Int64) -> Landing {
        state.withLock { state in
            var all = state.settled[repo] ?? Landing()
            guard let staged = state.staged[repo] else { return all }
            // The newer of two wins: the older one may be damaged, and the rows of both go.
            for (id, object) in staged.objects { all.insert(id, object) }
            all.rows += staged.rows
            return all
        }
    }

    /// What deltas that landed refer to.
    func bases(repo: Int64) -> Set<ObjectID> {
        state.withLock { Set(($0.settled[repo] ?? Landing()).objects.values.compactMap { $0.basis?.id }) }
    }

    var repos: [Int64] {
        state.withLock { Array($0.settled.keys) }
    }
}
