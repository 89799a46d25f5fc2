public import Model

/// Keeps recently read trees in memory, in front of another reader. Thread-safe.
///
/// Only trees are kept: they are small, read again and again, and checked against their id once. Files pass through.
public final class CachingReader: ObjectReader {
    private let objects: any ObjectReader
    private let cache: TreeCache
    private let owner: TreeCache.Owner

    /// - Parameter cache: Keeps the trees; others may share it.
    public init(_ objects: any ObjectReader, cache: TreeCache) {
        self.objects = objects
        self.cache = cache
        owner = cache.makeOwner()
    }

    public func read(_ id: ObjectID) throws(PachError) -> StoredObject {
        if let tree = remembered(id) { return tree }
        let object = try objects.read(id)
        if object.kind == .tree { cache.insert(id, of: owner, object.bytes) }
        return object
    }

    public func header(of id: ObjectID) throws(PachError) -> ObjectHeader {
        if let bytes = cache.find(id, of: owner) { return ObjectHeader(kind: .tree, size: bytes.count) }
        return try objects.header(of: id)
    }

    /// Keeps a tree that is being written, as if it had been read: what follows a change begins by reading what the change wrote.
    func remember(_ id: ObjectID, _ tree: [UInt8], madeFrom base: ObjectID? = nil) {
        cache.insert(id, of: owner, tree, madeFrom: base)
    }

    /// A tree that is kept, whether or not anyone could read it now.
    public func remembered(_ id: ObjectID) -> StoredObject? {
        cache.find(id, of: owner).map { StoredObject(kind: .tree, bytes: $0) }
    }

    /// Asks the reader behind it: that a tree was read does not say that it will stay.
    public func contains(_ id: ObjectID) throws(PachError) -> Bool {
        try objects.contains(id)
    }
}

/// A store whose trees are kept in a cache as they are written. One that is abandoned leaves trees there that nothing refers to.
public final class TreeRememberingStore: ObjectReader, ObjectWriter {
    private let store: any ObjectStore
    private let cache: CachingReader

    public init(_ store: any ObjectStore, cache: CachingReader) {
        self.store = store
        self.cache = cache
    }

    public func write(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws(PachError) -> ObjectID {
        let id = try store.write(kind, bytes)
        if kind == .tree { cache.remember(id, Array(bytes)) }
        return id
    }

    public func write(_ kind: ObjectKind, _ bytes: [UInt8], madeFrom other: ObjectID?) throws(PachError) -> ObjectID {
        let id = try store.write(kind, bytes, madeFrom: other)
        if kind == .tree { cache.remember(id, bytes, madeFrom: other) }
        return id
    }

    public func read(_ id: ObjectID) throws(PachError) -> StoredObject { try store.read(id) }
    public func header(of id: ObjectID) throws(PachError) -> ObjectHeader { try store.header(of: id) }
    public func contains(_ id: ObjectID) throws(PachError) -> Bool { try store.contains(id) }
}
