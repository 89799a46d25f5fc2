public import GitStore
public import Metadata
public import Model
public import Storage

/// One repo on disk: its bare Git repository, and its objects wherever they are.
public final class RepoStore: Sendable {
    public let row: RepoRow
    let git: GitRepository
    private let landed: LandedObjects
    /// Reads every object that is durable. Trees are cached.
    public let objects: CachingReader
    /// The same, for a walk through all of them, which would push out what is in use.
    let uncached: RepoObjects

    init(row: RepoRow, git: GitRepository, landed: LandedObjects, trees: TreeCache) {
        self.row = row
        self.git = git
        self.landed = landed
        uncached = RepoObjects(key: row.key, landed: landed, packs: git.objects)
        objects = CachingReader(uncached, cache: trees)
    }

    /// What is wrong with the repo's packs and objects, as read from the disk, and with what landed.
    public func damage(while isWanted: () -> Bool = { true }) throws(PachError) -> [Damage] {
        let unreadable = try git.damage(among: landed.snapshot(repo: row.key).objects)
        return try git.verify(while: isWanted)
            + unreadable.sorted { $0.key < $1.key }.map { id, error in
                Damage(file: "the database", object: id, reason: error.cause ?? error.message)
            }
    }

    /// Repairs what can be repaired within the repo; see `GitRepository.repairPacks`.
    public func repairPacks() throws(PachError) -> [String]? {
        try git.repairPacks()
    }

    /// An object as it is on disk or landed, past the cache.
    public func readPastCache(_ id: ObjectID) throws(PachError) -> StoredObject {
        try uncached.read(id)
    }

    /// The same, without comparing it with its id once more: for who has just heard from `damage` that all is well.
    public func readVerified(_ id: ObjectID) throws(PachError) -> StoredObject {
        try uncached.read(id, comparesID: false)
    }

    /// A batch for the content of files. It is ended outside of the lane, so that a large file's pack is synced while others commit.
    public func makeBatch() throws(PachError) -> ObjectBatch {
        try git.makeBatch(base: objects)
    }
}

extension RepoStore {
    /// Moves what landed into a pack. Objects that were damaged in the database keep nothing else back: what landed beside them goes into the
    /// pack, and they alone stay, in one row, until the same bytes are put again or nothing needs them. Only the repo's refs wait for that, so
    /// that stock Git is shown no commit that is not whole (invariant 2).
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

extension PachError {
    /// Whether it says of an object that it cannot be read, here or anywhere else.
    fileprivate var isOfAnObject: Bool { [.corrupt, .notFound, .tooLarge].contains(code) }
}
