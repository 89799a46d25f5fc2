internal import GitStore
internal import Model
internal import Storage

/// Finds all objects that can be reached from some: commits, their ancestors, trees and all below. Each commit and tree is read once, and of
/// a folder's versions only what differs from one to the next is looked up: all of a version that was read is marked.
struct Reachability {
    private let objects: any ObjectReader
    private(set) var marks: PackMarks
    /// Commits whose parents are not looked at: retention removed those, or another program brought none.
    var boundaries: Set<ObjectID> = []
    /// Those of the boundaries that were found.
    private(set) var foundBoundaries: Set<ObjectID> = []
    /// What no pack of the marks has: what landed, what is loose, what came later.
    private(set) var others: Set<ObjectID> = []
    /// How many objects were found.
    private(set) var count = 0
    /// How often an object was looked up, which is most of what a walk costs beside reading.
    private(set) var lookupCount = 0
    private var succession = TreeSuccession()
    /// The root tree that was read last: the next one is often the version before or after it.
    private var lastRoot: ObjectID?

    init(_ objects: any ObjectReader, marks: PackMarks) {
        self.objects = objects
        self.marks = marks
    }

    /// Whether the object was found.
    func contains(_ id: ObjectID) -> Bool { others.contains(id) || marks.contains(id) }

    /// - Parameter isOurs: whether all that is below has to be there. What other programs brought may be a part, of a partial clone, say.
    /// - Throws: `notFound`, `corrupt` where an object that should be there is not: then nobody can tell what is in use.
    mutating func visit(_ roots: some Sequence<ObjectID>, isOurs: Bool = true) throws(PachError) {
        for root in roots where isNew(root) {
            // A list rather than recursion: folders may lie deeper than a thread's stack. Beside each tree, the one it may be a version of.
            var pending = [(id: root, former: lastRoot)]
            while let next = pending.popLast() {
                guard let object = try read(next.id, isOurs: isOurs) else { continue }
                switch object.kind {
                case .commit:
                    let commit = try GitCommit(parsing: object.bytes)
                    if boundaries.contains(next.id) {
                        foundBoundaries.insert(next.id)
                    } else {
                        for parent in commit.parents where isNew(parent) { pending.append((parent, nil)) }
                    }
                    // Read before the parents are: the trees of a whole history do not wait in the list (invariant 8).
                    if isNew(commit.tree) {
                        pending.append((commit.tree, lastRoot))
                        lastRoot = commit.tree
                    }
                case .tree:
                    if next.id == root { lastRoot = root }
                    for child in try children(of: next.id, object.bytes, since: next.former) where isNew(child.id) {
                        // The content of a file names nothing.
                        if child.isTree { pending.append((child.id, child.former)) }
                    }
                case .tag:
                    if let target = Self.target(ofTag: object.bytes), isNew(target) { pending.append((target, nil)) }
                case .blob:
                    break
                }
            }
        }
    }

    /// What a tree refers to, but for what is in `former`, if that was read before.
    private mutating func children(
        of id: ObjectID, _ bytes: [UInt8], since former: ObjectID?
    ) throws(PachError) -> [TreeSuccession.Child] {
        do throws(PachError) {
            return try succession.children(of: id, bytes, since: former)
        } catch {
            // Perhaps another program made it: `GitTree` tells whether it is damaged.
            return try GitTree.children(of: bytes).map { TreeSuccession.Child(id: $0.id, isTree: $0.isTree, former: nil) }
        }
    }

    private func read(_ id: ObjectID, isOurs: Bool) throws(PachError) -> StoredObject? {
        do throws(PachError) {
            return try objects.read(id)
        } catch {
            if !isOurs, error.code == .notFound { return nil }
            var failure = error
            failure.hint = "Run 'pach fsck' to see what is hit."
            throw failure
        }
    }

    private mutating func isNew(_ id: ObjectID) -> Bool {
        lookupCount += 1
        let isNew =
            switch marks.mark(id) {
            case .new: true
            case .known: false
            case .elsewhere: others.insert(id).inserted
            }
        if isNew { count += 1 }
        return isNew
    }

    /// A tag begins with `object <id>` (git-mktag(1)).
    private static func target(ofTag bytes: [UInt8]) -> ObjectID? {
        bytes.starts(with: "object ".utf8) ? ObjectID(hex: String(decoding: bytes.dropFirst(7).prefix(40), as: UTF8.self)) : nil
    }
}
