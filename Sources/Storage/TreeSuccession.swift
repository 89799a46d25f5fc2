import Files
public import Model

/// What trees refer to, without what their former versions did: who goes through the history of a large folder looks at each entry about
/// once, rather than once for each version.
///
/// Versions are compared as bytes. Nothing but speed depends on which tree is named as the former one.
public struct TreeSuccession: Sendable {
    /// What a tree refers to.
    public struct Child: Hashable, Sendable {
        public var id: ObjectID
        public var isTree: Bool
        /// What had its name in the former version.
        public var former: ObjectID?

        public init(id: ObjectID, isTree: Bool, former: ObjectID?) {
            self.id = id
            self.isTree = isTree
            self.former = former
        }
    }

    /// A tree that was gone through, and where its entries begin.
    private struct Version {
        var bytes: [UInt8]
        var starts: [Int]

        var byteCount: Int { bytes.count + overheadByteCount }
    }

    /// Bytes of the trees in each of the two generations (invariant 8); a listing of 37 bytes an entry is kept in 45.
    private static let byteCountMax = 8 << 20
    /// About what a tree takes beside its bytes: of a folder of a few files it is most.
    private static let overheadByteCount = 256

    private var recent: [ObjectID: Version] = [:]
    private var recentByteCount = 0
    /// What was recent before.
    private var older: [ObjectID: Version] = [:]

    public init() {}

    /// What a tree of ours refers to, hidden entries included, without what is in `former` under the same name.
    /// - Parameter former: a tree that this was asked for before; of any other, and of one that is no longer known, nothing is left out.
    /// - Throws: `corrupt`.
    public mutating func children(of id: ObjectID, _ bytes: [UInt8], since former: ObjectID?) throws(PachError) -> [Child] {
        let (children, starts) = try Self.compare(bytes, with: former.flatMap { take($0) })
        let version = Version(bytes: bytes, starts: starts)
        if recentByteCount + version.byteCount > Self.byteCountMax {
            older = recent
            recent = [:]
            recentByteCount = 0
        }
        if recent.updateValue(version, forKey: id) == nil { recentByteCount += version.byteCount }
        return children
    }

    /// A version that another one takes the place of.
    private mutating func take(_ id: ObjectID) -> Version? {
        if let version = recent.removeValue(forKey: id) {
            recentByteCount -= version.byteCount
            return version
        }
        return older.removeValue(forKey: id)
    }

    private static func compare(_ new: [UInt8], with former: Version?) throws(PachError) -> (children: [Child], starts: [Int]) {
        let (oldBytes, oldStarts) = former.map { ($0.bytes, $0.starts) } ?? ([], [])
        return try new.withBytes { (new) throws(PachError) in
            try oldBytes.withBytes { (old) throws(PachError) in
                var children: [Child] = []
                // What is equal from the beginning on has the same entries, but for the last, which may go on otherwise.
                let prefix = new.commonPrefixCount(old)
                let first = max(0, oldStarts.place(of: prefix + 1) - 1)
                // What is equal up to the end has the same entries from where both have one.
                let suffix = new.slice(prefix..<new.count).commonSuffixCount(old.slice(prefix..<old.count))
                let rest = oldStarts.place(of: old.count - suffix)
                let shift = new.count - old.count

                var cursor = TreeCursor(new)
                cursor.offset = first < oldStarts.count ? oldStarts[first] : 0
                var oldCursor = TreeCursor(old)
                oldCursor.offset = cursor.offset
                var starts = Array(oldStarts[..<first])
                starts.reserveCapacity(oldStarts.count + 16)
                var isRestShared = false
                while true {
                    if rest < oldStarts.count, cursor.offset == oldStarts[rest] + shift {
                        isRestShared = true
                        break
                    }
                    guard let entry = try cursor.next() else { break }
                    starts.append(entry.start)
                    let former = try oldCursor.find(entry, of: new)
                    guard former != entry.id(in: new) else { continue }
                    children.append(Child(id: entry.id(in: new), isTree: entry.isTree, former: former))
                }
                if isRestShared {
                    for start in oldStarts[rest...] { starts.append(start + shift) }
                }
                return (children, starts)
            }
        }
    }
}

extension [Int] {
    /// The index of the first number that is not below `value`; the numbers ascend.
    fileprivate func place(of value: Int) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension TreeCursor {
    /// The id of the entry that has the name of another tree's entry, in the same form; nil where there is none. Entries are asked for in
    /// order, and the cursor moves up to the place.
    fileprivate mutating func find(_ wanted: RawTreeEntry, of tree: UnsafeRawBufferPointer) throws(PachError) -> ObjectID? {
        while let entry = try peek() {
            let order = RawTreeEntry.compare(
                entry.name(in: bytes), isTree: entry.isTree, wanted.name(in: tree), isTree: wanted.isTree)
            if order > 0 { return nil }
            offset = entry.end
            if order == 0, entry.isTree == wanted.isTree { return entry.id(in: bytes) }
        }
        return nil
    }
}

extension UnsafeRawBufferPointer {
    /// How many bytes both end with.
    fileprivate func commonSuffixCount(_ other: UnsafeRawBufferPointer) -> Int {
        let max = Swift.min(count, other.count)
        var equal = 0
        while equal + 8 <= max {
            let left = UInt64(littleEndian: loadUnaligned(fromByteOffset: count - equal - 8, as: UInt64.self))
            let right = UInt64(littleEndian: other.loadUnaligned(fromByteOffset: other.count - equal - 8, as: UInt64.self))
            guard left == right else { return equal + (left ^ right).leadingZeroBitCount / 8 }
            equal += 8
        }
        while equal < max, self[count - 1 - equal] == other[other.count - 1 - equal] { equal += 1 }
        return equal
    }
}
