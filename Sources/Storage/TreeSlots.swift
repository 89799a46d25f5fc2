import Files
import Model

/// The places in one tree that a batch of changes may touch, in the tree's order, and what each held and is to hold.
///
/// A name has three: one as a file, one as a tree of chunks, one as a folder, since they stand apart in Git's order. One more
/// is for the attributes. Everything between the places is copied as it is: a folder of a hundred thousand entries is never
/// taken apart.
struct TreeSlots {
    private struct Slot {
        var kind: TreeNode.Kind
        /// The stored name, in `keys`.
        var key: Range<Int>
        /// Where the entry is in the old bytes; empty, at the place where it would be, if it is not there.
        var range = 0..<0
        var old: ObjectID?
        var new: ObjectID?
    }

    private let names: [FileName]
    /// Three for each name, in the order of `TreeNode.Kind`; at the end that of the attributes.
    private var slots: [Slot] = []
    private var keys: [UInt8] = []
    /// The indexes of the names, as their stored forms sort.
    let nameOrder: [Int]
    /// The indexes of `slots`, as a tree has them.
    private var order: [Int] = []

    init(_ names: [FileName]) {
        self.names = names
        var slots: [Slot] = []
        var keys: [UInt8] = []
        slots.reserveCapacity(names.count * 3 + 1)
        for name in names {
            let stored = StoredName.encodeUnbounded(name)
            let start = keys.count
            // The name as a tree of chunks is the plain one with a suffix: one key serves for both.
            keys += stored
            keys += StoredName.chunksSuffix
            slots.append(Slot(kind: .file, key: start..<start + stored.count))
            slots.append(Slot(kind: .chunkedFile, key: start..<keys.count))
            slots.append(Slot(kind: .folder, key: start..<start + stored.count))
        }
        slots.append(Slot(kind: .file, key: keys.count..<keys.count + StorageFormat.attributesName.count))
        keys += StorageFormat.attributesName
        nameOrder = Self.sorted(Array(0..<names.count), slots, keys) { $0 * 3 }
        self.slots = slots
        self.keys = keys
    }

    /// Finds the places in `tree`.
    mutating func locate(in tree: [UInt8]) throws(PachError) {
        guard !tree.isEmpty else { return }
        order = Self.sorted(allPlaces, slots, keys) { $0 }
        var found = slots
        try tree.withBytes { (tree) throws(PachError) in
            try keys.withBytes { (keys) throws(PachError) in
                var cursor = TreeCursor(tree)
                var entry = try cursor.peek()
                for index in order {
                    let isTree = found[index].kind != .file
                    let key = keys.slice(found[index].key)
                    var relation = -1
                    while let here = entry {
                        relation = RawTreeEntry.compare(here.name(in: tree), isTree: here.isTree, key, isTree: isTree)
                        guard relation < 0 else { break }
                        cursor.offset = here.end
                        entry = try cursor.peek()
                    }
                    if let here = entry, relation == 0 {
                        found[index].range = here.range
                        found[index].old = here.id(in: tree)
                    } else {
                        found[index].range = cursor.offset..<cursor.offset
                    }
                }
            }
        }
        slots = found
    }

    /// What the name at `index` stands for in the old tree.
    /// - Throws: `corrupt` where it is there in several forms.
    func old(_ index: Int) throws(PachError) -> TreeNode? {
        let present = slots[index * 3...index * 3 + 2].filter { $0.old != nil }
        guard present.count <= 1 else {
            throw PachError(.corrupt, "a tree has \(quoted(names[index].description)) twice, in different forms")
        }
        guard let slot = present.first, let id = slot.old else { return nil }
        return TreeNode(kind: slot.kind, id: id)
    }

    /// Decides what the name at `index` is to stand for.
    /// - Throws: `invalidArgument` where it is too long for that.
    mutating func set(_ index: Int, file: TreeNode?, folder: ObjectID?) throws(PachError) {
        if let file {
            try StoredName.check(names[index], kind: file.kind, storedCount: slots[index * 3 + Int(file.kind.rawValue)].key.count)
        }
        if folder != nil { try StoredName.check(names[index], kind: .folder, storedCount: slots[index * 3 + 2].key.count) }
        slots[index * 3].new = file?.kind == .file ? file?.id : nil
        slots[index * 3 + 1].new = file?.kind == .chunkedFile ? file?.id : nil
        slots[index * 3 + 2].new = folder
    }

    /// Decides that the tree is to have the attributes, or not to have them.
    /// - Returns: whether they have to be added.
    mutating func setAttributes(_ present: Bool) -> Bool {
        let index = slots.count - 1
        slots[index].new = present ? StorageFormat.attributesID : nil
        return present && slots[index].old != StorageFormat.attributesID
    }

    /// The tree with the places as decided; nil where nothing differs from `tree`, in which they were located.
    func splice(_ tree: [UInt8]) -> [UInt8]? {
        let changed = tree.isEmpty ? sortedAdditions() : order.filter { slots[$0].new != slots[$0].old }
        guard !changed.isEmpty else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(
            tree.count + changed.reduce(0) { $0 + slots[$1].key.count + TreeBytes.fileMode.count + 1 + ObjectID.byteCount })
        var copied = 0
        for index in changed {
            let slot = slots[index]
            result += tree[copied..<slot.range.lowerBound]
            if let id = slot.new {
                TreeBytes.append(kind: slot.kind, storedName: keys[slot.key], id: id, to: &result)
            }
            copied = slot.range.upperBound
        }
        result += tree[copied...]
        return result
    }

    /// The indexes of `slots`, in three runs that are each sorted, or nearly: quick to merge.
    private var allPlaces: [Int] {
        var places: [Int] = []
        places.reserveCapacity(slots.count)
        for kind in 0..<3 {
            for index in nameOrder { places.append(index * 3 + kind) }
        }
        places.append(slots.count - 1)
        return places
    }

    private func sortedAdditions() -> [Int] {
        Self.sorted(allPlaces.filter { slots[$0].new != nil }, slots, keys) { $0 }
    }

    /// `items` in a tree's order of the slots that `slot` gives for them.
    private static func sorted(_ items: [Int], _ slots: [Slot], _ keys: [UInt8], _ slot: (Int) -> Int) -> [Int] {
        keys.withUnsafeBytes { keys in
            slots.withUnsafeBufferPointer { slots in
                items.sorted { left, right in
                    let left = slots[slot(left)], right = slots[slot(right)]
                    return RawTreeEntry.compare(
                        keys.slice(left.key), isTree: left.kind != .file, keys.slice(right.key), isTree: right.kind != .file) < 0
                }
            }
        }
    }
}
