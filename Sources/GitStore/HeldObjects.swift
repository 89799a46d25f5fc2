import Model
import Storage

/// The objects of a batch while they are few: in memory, deflated, ready to land in the database.
struct HeldObjects {
    private(set) var objects: [LandedObject] = []
    private var indexes: [ObjectID: Int] = [:]
    private(set) var byteCount = 0

    /// Whether an entry can stay in memory too.
    func hasRoom(for entry: PackEntry) -> Bool {
        byteCount + entry.streamByteCount <= Limits.heldByteCountMax
    }

    mutating func append(_ entry: PackEntry) {
        indexes[entry.id] = objects.count
        objects.append(entry.landed)
        byteCount += entry.streamByteCount
    }

    subscript(id: ObjectID) -> LandedObject? {
        indexes[id].map { objects[$0] }
    }

    func contains(_ id: ObjectID) -> Bool { indexes[id] != nil }

    /// An object of these in the form in which a pack takes it: a pack refers to nothing outside of itself, so a delta's object is in full.
    /// - Parameter base: has what a delta refers to where these do not.
    func whole(_ object: LandedObject, base: any ObjectReader) throws(PachError) -> LandedObject {
        guard object.basis != nil else { return object }
        func read(_ id: ObjectID) throws(PachError) -> StoredObject {
            guard let object = self[id] else { return try base.read(id) }
            return try object.inflate(base: read)
        }
        return LandedObject(try object.inflate(base: read), id: object.id)
    }
}
