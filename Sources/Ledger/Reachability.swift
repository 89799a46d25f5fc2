internal import GitStore
internal import Model
internal import Storage

/// Finds all objects that can be reached from some: commits, their ancestors, trees and all below. Each is looked at once.
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

    init(_ objects: any ObjectReader, marks: PackMarks) {
        self.objects = objects
        self.marks = marks
    }

    /// Whether the object was found.
    func contains(_ id: ObjectID) -> Bool { others.contains(id) || marks.contains(id) }

    /// - Throws: `notFound`, `corrupt` where an object that should be there is not: then nobody can tell what is in use.
    mutating func visit(_ roots: some Sequence<ObjectID>) throws(PachError) {
        for root in roots {
            // A list rather than recursion: folders may lie deeper than a thread's stack.
            var pending: [ObjectID] = []
            if isNew(root) { pending.append(root) }
            while let id = pending.popLast() {
                let object = try read(id)
                switch object.kind {
                case .commit:
                    let commit = try GitCommit(parsing: object.bytes)
                    if isNew(commit.tree) { pending.append(commit.tree) }
                    if boundaries.contains(id) {
                        foundBoundaries.insert(id)
                    } else {
                        for parent in commit.parents where isNew(parent) { pending.append(parent) }
                    }
                case .tree:
                    for child in try GitTree.children(of: object.bytes) where isNew(child.id) {
                        // The content of a file names nothing.
                        if child.isTree { pending.append(child.id) }
                    }
                case .tag:
                    if let next = Self.target(ofTag: object.bytes), isNew(next) { pending.append(next) }
                case .blob:
                    break
                }
            }
        }
    }

    private func read(_ id: ObjectID) throws(PachError) -> StoredObject {
        do throws(PachError) {
            return try objects.read(id)
        } catch {
            var failure = error
            failure.hint = "Run 'pach fsck' to see what is hit."
            throw failure
        }
    }

    private mutating func isNew(_ id: ObjectID) -> Bool {
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
