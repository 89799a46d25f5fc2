internal import GitStore
internal import Model
internal import Storage
internal import Synchronization

/// What the lane sees while a transaction is under way: its own objects, which no one else may see yet, over the rest.
final class PendingObjects: ObjectReader {
    private let objects = Mutex<[ObjectID: LandedObject]>([:])
    private let base: CachingReader

    init(base: CachingReader) {
        self.base = base
    }

    var all: [ObjectID: LandedObject] { objects.withLock { $0 } }

    /// - Returns: what was not there. The rest belongs to an earlier change of the transaction, and stays where this one is undone.
    func insert(_ new: some Sequence<LandedObject>) -> [ObjectID] {
        objects.withLock { objects in
            var added: [ObjectID] = []
            for object in new where objects[object.id] == nil {
                objects[object.id] = object
                added.append(object.id)
            }
            return added
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
        if let object = find(id) { return try object.header() }
        return try base.header(of: id)
    }

    func contains(_ id: ObjectID) throws(PachError) -> Bool {
        if find(id) != nil { return true }
        return try base.contains(id)
    }
}
