internal import GitStore
internal import Model
internal import Storage
internal import Synchronization

/// The objects that are durable in the database and not yet in a pack, kept in memory as well, so that readers need no query.
///
/// Bounded: the publisher empties it at `Publisher.roundByteCount`, and writers wait at `Ledger.landedByteCountMax`.
final class LandedObjects: Sendable {
    private struct State {
        var objects: [Int64: [ObjectID: LandedObject]] = [:]
        /// Those of the transaction that is being committed. Its names may be seen a moment before it returns, so its objects can be read; but
        /// nobody may count on them yet.
        var staged: [Int64: [ObjectID: LandedObject]] = [:]
        var byteCount = 0
    }

    private let state = Mutex(State())

    /// Deflated bytes of all.
    var byteCount: Int { state.withLock { $0.byteCount } }

    func find(_ id: ObjectID, repo: Int64) -> LandedObject? {
        state.withLock { $0.objects[repo]?[id] ?? $0.staged[repo]?[id] }
    }

    /// Whether the object is durable here.
    func contains(_ id: ObjectID, repo: Int64) -> Bool {
        state.withLock { $0.objects[repo]?[id] != nil }
    }

    /// Shows objects to readers while the transaction that holds them is committed; `unstage` follows, whatever becomes of it.
    func stage(_ objects: some Sequence<LandedObject>, repo: Int64) {
        state.withLock { state in
            for object in objects { state.staged[repo, default: [:]][object.id] = object }
        }
    }

    func unstage() {
        state.withLock { $0.staged = [:] }
    }

    func insert(_ objects: some Sequence<LandedObject>, repo: Int64) {
        state.withLock { state in
            for object in objects where state.objects[repo, default: [:]].updateValue(object, forKey: object.id) == nil {
                state.byteCount += object.deflated.count
            }
        }
    }

    func remove(_ ids: some Sequence<ObjectID>, repo: Int64) {
        state.withLock { state in
            for id in ids {
                if let removed = state.objects[repo]?.removeValue(forKey: id) { state.byteCount -= removed.deflated.count }
            }
            if state.objects[repo]?.isEmpty == true { state.objects[repo] = nil }
        }
    }

    /// All of a repo: what the next round of publishing moves. With those that are being committed, since their refs may be due already.
    func snapshot(repo: Int64) -> [LandedObject] {
        state.withLock { state in
            Array((state.objects[repo] ?? [:]).merging(state.staged[repo] ?? [:]) { landed, _ in landed }.values)
        }
    }

    /// What deltas that landed refer to.
    func bases(repo: Int64) -> Set<ObjectID> {
        state.withLock { Set(($0.objects[repo] ?? [:]).values.compactMap { $0.basis?.id }) }
    }

    var repos: [Int64] {
        state.withLock { Array($0.objects.keys) }
    }
}

/// The objects of one repo: first those that landed, then those in packs. An object is in its pack before it leaves the landing
/// table, so a reader that looks in this order always finds it.
final class RepoObjects: ObjectReader {
    private let key: Int64
    private let landed: LandedObjects
    private let packs: RepositoryObjects

    init(key: Int64, landed: LandedObjects, packs: RepositoryObjects) {
        self.key = key
        self.landed = landed
        self.packs = packs
    }

    func read(_ id: ObjectID) throws(PachError) -> StoredObject {
        if let object = landed.find(id, repo: key) { return try object.inflate { (base) throws(PachError) in try read(base) } }
        return try packs.read(id)
    }

    func header(of id: ObjectID) throws(PachError) -> ObjectHeader {
        if let object = landed.find(id, repo: key) { return ObjectHeader(kind: object.kind, size: object.size) }
        return try packs.header(of: id)
    }

    func contains(_ id: ObjectID) throws(PachError) -> Bool {
        if landed.contains(id, repo: key) { return true }
        return try packs.contains(id)
    }
}

/// What the lane sees while a transaction is under way: its own objects, which no one else may see yet, over the rest.
final class PendingObjects: ObjectReader {
    private let objects = Mutex<[ObjectID: LandedObject]>([:])
    private let base: CachingReader

    init(base: CachingReader) {
        self.base = base
    }

    var all: [LandedObject] { objects.withLock { Array($0.values) } }

    func insert(_ new: some Sequence<LandedObject>) {
        objects.withLock { objects in
            for object in new { objects[object.id] = object }
        }
    }

    func remove(_ ids: some Sequence<ObjectID>) {
        objects.withLock { objects in
            for id in ids { objects[id] = nil }
        }
    }

    private func find(_ id: ObjectID) -> LandedObject? {
        objects.withLock { $0[id] }
    }

    func read(_ id: ObjectID) throws(PachError) -> StoredObject {
        // The changes of a transaction work on one listing after the other: the last one's is in memory.
        if let tree = base.remembered(id) { return tree }
        if let object = find(id) { return try object.inflate { (base) throws(PachError) in try read(base) } }
        return try base.read(id)
    }

    func header(of id: ObjectID) throws(PachError) -> ObjectHeader {
        if let object = find(id) { return ObjectHeader(kind: object.kind, size: object.size) }
        return try base.header(of: id)
    }

    func contains(_ id: ObjectID) throws(PachError) -> Bool {
        if find(id) != nil { return true }
        return try base.contains(id)
    }
}
