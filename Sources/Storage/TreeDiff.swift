import Files
public import Model

/// Finds what differs between two trees, opening only folders whose ids differ and making values only of entries that do.
/// Calls block.
public struct TreeDiff: Sendable {
    private let objects: any ObjectReader

    public init(_ objects: any ObjectReader) {
        self.objects = objects
    }

    /// One name that stands for something else on the two sides; nil where it is not there.
    public struct Difference: Hashable, Sendable {
        public var name: FileName
        public var old: TreeNode?
        public var new: TreeNode?

        public init(name: FileName, old: TreeNode?, new: TreeNode?) {
            self.name = name
            self.old = old
            self.new = new
        }
    }

    /// What differs between two folders themselves, by name; what is inside of folders in them is not looked at.
    /// - Parameter old: The id of a folder, or nil for an empty one; likewise `new`.
    public func entries(old: ObjectID?, new: ObjectID?) throws(PachError) -> [Difference] {
        guard old != new else { return [] }
        let oldTree = try old.map { (id) throws(PachError) in try objects.tree(id) }
        let newTree = try new.map { (id) throws(PachError) in try objects.tree(id) }
        do {
            return try Self.differences(oldTree?.bytes ?? [], newTree?.bytes ?? [])
        } catch {
            throw PachError(
                .corrupt, "cannot compare the trees \(old.map(\.description) ?? "-") and \(new.map(\.description) ?? "-")",
                cause: error.description)
        }
    }

    /// Visits every file that was added, changed or removed, in the order of paths: the path, what it was, what it is.
    ///
    /// Holds the differences of the folders between here and there, nothing else (invariant 8).
    /// - Parameter body: Returns false to end the visit.
    /// - Returns: whether the visit came to its end.
    @discardableResult
    public func files(
        old: ObjectID?, new: ObjectID?, at path: FilePath = .root,
        _ body: (FilePath, _ old: TreeNode?, _ new: TreeNode?) throws(PachError) -> Bool
    ) throws(PachError) -> Bool {
        var open = [(path: path, rest: try entries(old: old, new: new)[...])]
        while let folder = open.last {
            guard let difference = folder.rest.first else {
                open.removeLast()
                continue
            }
            open[open.count - 1].rest.removeFirst()
            let path = folder.path.appending(difference.name)
            let oldFile = difference.old.flatMap { $0.kind.isFile ? $0 : nil }
            let newFile = difference.new.flatMap { $0.kind.isFile ? $0 : nil }
            if oldFile != nil || newFile != nil {
                guard try body(path, oldFile, newFile) else { return false }
            }
            let oldFolder = oldFile == nil ? difference.old?.id : nil
            let newFolder = newFile == nil ? difference.new?.id : nil
            if oldFolder != newFolder { open.append((path, try entries(old: oldFolder, new: newFolder)[...])) }
        }
        return true
    }
}

// MARK: - Raw comparison

extension TreeDiff {
    private static func differences(_ old: [UInt8], _ new: [UInt8]) throws(PachError) -> [Difference] {
        var changes = Changes()
        try old.withBytes { (old) throws(PachError) in
            try new.withBytes { (new) throws(PachError) in try compare(old, new, &changes) }
        }
        return try changes.byName()
    }

    private static func compare(_ old: UnsafeRawBufferPointer, _ new: UnsafeRawBufferPointer, _ changes: inout Changes) throws(PachError) {
        var left = TreeCursor(old), right = TreeCursor(new)
        while true {
            try skipCommon(&left, &right)
            switch (try left.peek(), try right.peek()) {
            case (nil, nil): return
            case (let entry?, nil): try changes.remove(entry, old, &left)
            case (nil, let entry?): try changes.add(entry, new, &right)
            case (let oldEntry?, let newEntry?):
                let order = RawTreeEntry.compare(
                    oldEntry.name(in: old), isTree: oldEntry.isTree, newEntry.name(in: new), isTree: newEntry.isTree)
                if order <= 0 { try changes.remove(oldEntry, old, &left) }
                if order >= 0 { try changes.add(newEntry, new, &right) }
            }
        }
    }

    /// Moves both cursors behind the entries that are the same on both sides, byte by byte, from where they stand.
    private static func skipCommon(_ left: inout TreeCursor, _ right: inout TreeCursor) throws(PachError) {
        let rest = right.bytes.slice(right.offset..<right.bytes.count)
        let common = left.bytes.slice(left.offset..<left.bytes.count).commonPrefixCount(rest)
        let end = left.offset + common
        let distance = right.offset - left.offset
        while let entry = try left.peek(), entry.end <= end { left.offset = entry.end }
        right.offset = left.offset + distance
    }

    /// Entries of one side or the other. A file that became a folder, or grew into a tree of chunks, has two places in the
    /// stored order but one name, so they are brought together by name at the end.
    private struct Changes {
        private var removed: [TreeEntry] = []
        private var added: [TreeEntry] = []

        mutating func remove(_ raw: RawTreeEntry, _ tree: UnsafeRawBufferPointer, _ cursor: inout TreeCursor) throws(PachError) {
            if let entry = try Tree.entry(raw, in: tree) { removed.append(entry) }
            cursor.offset = raw.end
        }

        mutating func add(_ raw: RawTreeEntry, _ tree: UnsafeRawBufferPointer, _ cursor: inout TreeCursor) throws(PachError) {
            if let entry = try Tree.entry(raw, in: tree) { added.append(entry) }
            cursor.offset = raw.end
        }

        consuming func byName() throws(PachError) -> [Difference] {
            removed.sort { $0.name < $1.name }
            added.sort { $0.name < $1.name }
            var result: [Difference] = []
            result.reserveCapacity(max(removed.count, added.count))
            var old = removed[...], new = added[...]
            while true {
                switch (old.first, new.first) {
                case (nil, nil): return result
                case (let entry?, let other?) where entry.name == other.name:
                    // Bytes that differ only in where they stand (unsorted trees) are no difference.
                    if entry.node != other.node { result.append(Difference(name: entry.name, old: entry.node, new: other.node)) }
                    old.removeFirst()
                    new.removeFirst()
                case (let entry?, let other) where other.map({ entry.name < $0.name }) ?? true:
                    result.append(Difference(name: entry.name, old: entry.node, new: nil))
                    old.removeFirst()
                case (_, let entry?):
                    result.append(Difference(name: entry.name, old: nil, new: entry.node))
                    new.removeFirst()
                case (_?, nil): preconditionFailure("an old entry without a new one is taken above")
                }
            }
        }
    }
}
