import Model
import Synchronization

/// The trees that were read or written lately, of all repos that share it, by repo and id. Thread-safe.
///
/// Its bound is one for all of them (invariant 8): the least recently used trees go first, whosever they are. Of a listing that is
/// changed again and again the last two versions stay; who needs an older one reads it anew.
public final class TreeCache: Sendable {
    /// Bytes of trees that are kept where nothing else is said.
    public static let byteCountMaxDefault = 64 << 20

    /// One of the readers that share a cache: what one has read is not there for another, in whose repo it may be missing.
    struct Owner: Hashable, Sendable {
        fileprivate let number: Int
    }

    private let ring: Mutex<Ring>
    private let ownerCount = Mutex(0)

    /// - Parameter byteCountMax: How many bytes of trees are kept, with what keeping them costs.
    public init(byteCountMax: Int = TreeCache.byteCountMaxDefault) {
        ring = Mutex(Ring(byteCountMax: byteCountMax))
    }

    /// Bytes that are kept now, with what keeping them costs.
    public var byteCount: Int { ring.withLock { $0.byteCount } }

    func makeOwner() -> Owner {
        ownerCount.withLock { count in
            count += 1
            return Owner(number: count)
        }
    }

    func find(_ id: ObjectID, of owner: Owner) -> [UInt8]? {
        ring.withLock { $0.find(Key(owner: owner, id: id)) }
    }

    /// - Parameter base: the version that the tree was made from, if it was.
    func insert(_ id: ObjectID, of owner: Owner, _ bytes: [UInt8], madeFrom base: ObjectID? = nil) {
        ring.withLock { $0.insert(Key(owner: owner, id: id), bytes, madeFrom: base) }
    }
}

private struct Key: Hashable {
    var owner: TreeCache.Owner
    var id: ObjectID
}

/// The bytes of trees, in a ring ordered by use.
private struct Ring {
    /// What an entry costs besides its bytes, roughly: so that many tiny trees are bounded too.
    private static let entryOverhead = 192

    private struct Entry {
        var key: Key
        var bytes: [UInt8]
        var base: ObjectID?
        var newer: Int
        var older: Int
    }

    private let byteCountMax: Int
    private(set) var byteCount = 0
    private var indexes: [Key: Int] = [:]
    private var entries: [Entry] = []
    private var free: [Int] = []
    private var newest = -1
    private var oldest = -1

    init(byteCountMax: Int) {
        self.byteCountMax = byteCountMax
    }

    mutating func find(_ key: Key) -> [UInt8]? {
        guard let index = indexes[key] else { return nil }
        if index != newest {
            unlink(index)
            linkAsNewest(index)
        }
        return entries[index].bytes
    }

    mutating func insert(_ key: Key, _ bytes: [UInt8], madeFrom base: ObjectID?) {
        let cost = bytes.count + Self.entryOverhead
        // A tree that would push out half of the rest is not worth it; another thread may have brought this one.
        guard cost <= byteCountMax / 2, indexes[key] == nil else { return }
        if let base, let index = indexes[Key(owner: key.owner, id: base)], let superseded = entries[index].base,
            let last = indexes[Key(owner: key.owner, id: superseded)]
        {
            remove(last)
        }
        while byteCount + cost > byteCountMax, oldest >= 0 { remove(oldest) }
        let entry = Entry(key: key, bytes: bytes, base: base, newer: -1, older: -1)
        let index: Int
        if let reused = free.popLast() {
            index = reused
            entries[index] = entry
        } else {
            index = entries.count
            entries.append(entry)
        }
        indexes[key] = index
        byteCount += cost
        linkAsNewest(index)
    }

    private mutating func remove(_ index: Int) {
        unlink(index)
        byteCount -= entries[index].bytes.count + Self.entryOverhead
        indexes[entries[index].key] = nil
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
