public import Model
import Synchronization

/// Keeps recently read trees in memory, in front of another reader. Thread-safe.
///
/// Only trees are kept: they are small, read again and again, and checked against their id once. Files pass through.
public final class CachingReader: ObjectReader {
    /// Bytes of trees that are kept where nothing else is said (invariant 8).
    public static let byteCountMaxDefault = 64 << 20

    private let objects: any ObjectReader
    private let cache: Mutex<TreeCache>

    /// - Parameter byteCountMax: How many bytes of trees are kept; the least recently read go first.
    public init(_ objects: any ObjectReader, byteCountMax: Int = CachingReader.byteCountMaxDefault) {
        self.objects = objects
        cache = Mutex(TreeCache(byteCountMax: byteCountMax))
    }

    public func read(_ id: ObjectID) throws(PachError) -> StoredObject {
        if let tree = remembered(id) { return tree }
        let object = try objects.read(id)
        if object.kind == .tree { cache.withLock { $0.insert(id, object.bytes) } }
        return object
    }

    public func header(of id: ObjectID) throws(PachError) -> ObjectHeader {
        if let bytes = cache.withLock({ $0.find(id) }) { return ObjectHeader(kind: .tree, size: bytes.count) }
        return try objects.header(of: id)
    }

    /// Keeps a tree that is being written, as if it had been read: what follows a change begins by reading what the change wrote.
    func remember(_ id: ObjectID, _ tree: [UInt8]) {
        cache.withLock { $0.insert(id, tree) }
    }

    /// A tree that is kept, whether or not anyone could read it now.
    public func remembered(_ id: ObjectID) -> StoredObject? {
        cache.withLock { $0.find(id) }.map { StoredObject(kind: .tree, bytes: $0) }
    }

    /// Asks the reader behind it: that a tree was read does not say that it will stay.
    public func contains(_ id: ObjectID) throws(PachError) -> Bool {
        try objects.contains(id)
    }

    /// Bytes that are kept now, with what keeping them costs.
    public var byteCount: Int { cache.withLock { $0.byteCount } }
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
        if kind == .tree { cache.remember(id, bytes) }
        return id
    }

    public func read(_ id: ObjectID) throws(PachError) -> StoredObject { try store.read(id) }
    public func header(of id: ObjectID) throws(PachError) -> ObjectHeader { try store.header(of: id) }
    public func contains(_ id: ObjectID) throws(PachError) -> Bool { try store.contains(id) }
}

/// The bytes of trees by id, in a ring ordered by use.
private struct TreeCache {
    /// What an entry costs besides its bytes, roughly: so that many tiny trees are bounded too.
    private static let entryOverhead = 160

    private struct Entry {
        var id: ObjectID
        var bytes: [UInt8]
        var newer: Int
        var older: Int
    }

    private let byteCountMax: Int
    private(set) var byteCount = 0
    private var indexes: [ObjectID: Int] = [:]
    private var entries: [Entry] = []
    private var free: [Int] = []
    private var newest = -1
    private var oldest = -1

    init(byteCountMax: Int) {
        self.byteCountMax = byteCountMax
    }

    mutating func find(_ id: ObjectID) -> [UInt8]? {
        guard let index = indexes[id] else { return nil }
        if index != newest {
            unlink(index)
            linkAsNewest(index)
        }
        return entries[index].bytes
    }

    mutating func insert(_ id: ObjectID, _ bytes: [UInt8]) {
        let cost = bytes.count + Self.entryOverhead
        // A tree that would push out half of the rest is not worth it; another thread may have brought this one.
        guard cost <= byteCountMax / 2, indexes[id] == nil else { return }
        while byteCount + cost > byteCountMax, oldest >= 0 { remove(oldest) }
        let entry = Entry(id: id, bytes: bytes, newer: -1, older: -1)
        let index: Int
        if let reused = free.popLast() {
            index = reused
            entries[index] = entry
        } else {
            index = entries.count
            entries.append(entry)
        }
        indexes[id] = index
        byteCount += cost
        linkAsNewest(index)
    }

    private mutating func remove(_ index: Int) {
        unlink(index)
        byteCount -= entries[index].bytes.count + Self.entryOverhead
        indexes[entries[index].id] = nil
        entries[index].bytes = []
        free.append(index)
    }

    private mutating func unlink(_ index: Int) {
        let (newer, older) = (entries[index].newer, entries[index].older)
        if newer >= 0 { entries[newer].older = older } else { newest = older }
        if older >= 0 { entries[older].newer = newer } else { oldest = newer }
    }

    private mutating func linkAsNewest(_ index: Int) {
        entries[index].newer = -1
        entries[index].older = newest
        if newest >= 0 { entries[newest].newer = index }
        newest = index
        if oldest < 0 { oldest = index }
    }
}
