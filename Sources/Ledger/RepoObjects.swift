internal import GitStore
internal import Model
internal import Storage

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
        try read(id, comparesID: true)
    }

    /// - Parameter comparesID: whether what a pack holds is compared with its id.
    func read(_ id: ObjectID, comparesID: Bool) throws(PachError) -> StoredObject {
        guard let object = landed.find(id, repo: key) else { return try packs.read(id, comparesID: comparesID) }
        return try unlessDamaged(
            id, { () throws(PachError) in try object.inflate { (base) throws(PachError) in try read(base) } },
            inPacks: { () throws(PachError) in try packs.read(id) })
    }

    func header(of id: ObjectID) throws(PachError) -> ObjectHeader {
        guard let object = landed.find(id, repo: key) else { return try packs.header(of: id) }
        return try unlessDamaged(
            id, { () throws(PachError) in try object.header() }, inPacks: { () throws(PachError) in try packs.header(of: id) })
    }

    /// What an object that landed says, or where that is damaged, what packs say: a larger change may have brought it anew.
    private func unlessDamaged<Value>(
        _ id: ObjectID, _ landed: () throws(PachError) -> Value, inPacks: () throws(PachError) -> Value
    ) throws(PachError) -> Value {
        do throws(PachError) {
            return try landed()
        } catch {
            guard error.code == .corrupt, try packs.contains(id) else { throw error }
            return try inPacks()
        }
    }

    func contains(_ id: ObjectID) throws(PachError) -> Bool {
        if landed.contains(id, repo: key) { return true }
        return try packs.contains(id)
    }
}
