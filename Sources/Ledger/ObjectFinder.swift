public import Model
public import Storage

/// Finds where objects are in trees: by what paths of which commits they are reached. What was learnt of a tree is kept, so that all commits
/// of a repo together cost one look at each tree.
public struct ObjectFinder {
    /// What a search does at a tree that cannot be read.
    public enum Unreadable: Sendable {
        /// It ends with the error.
        case failure
        /// It goes on beside the tree: that tree's damage is somebody else's finding.
        case skip
    }

    private let objects: any ObjectReader
    private let targets: Set<ObjectID>
    private let unreadable: Unreadable
    /// Whether there is a target at or below a tree.
    private var known: [ObjectID: Bool] = [:]

    public init(_ targets: Set<ObjectID>, in objects: any ObjectReader, unreadable: Unreadable = .failure) {
        self.objects = objects
        self.targets = targets
        self.unreadable = unreadable
    }

    /// Whether a target is the tree or below it.
    public mutating func isWithin(_ root: ObjectID) throws(PachError) -> Bool {
        if let answer = known[root] { return answer }
        // Depth first with a stack of our own: a path can have two thousand components.
        var open: [(id: ObjectID, rest: ArraySlice<ObjectID>, isHit: Bool)] = []
        func enter(_ id: ObjectID) throws(PachError) {
            if targets.contains(id) {
                known[id] = true
                return
            }
            guard let children = try children(of: id) else {
                known[id] = false
                return
            }
            let isHit = children.contains { !$0.isTree && targets.contains($0.id) }
            open.append((id, children.filter(\.isTree).map(\.id)[...], isHit))
        }
        try enter(root)
        while var top = open.popLast() {
            guard !top.isHit, let next = top.rest.first else {
                known[top.id] = top.isHit
                continue
            }
            if let answer = known[next] {
                top.rest = top.rest.dropFirst()
                top.isHit = answer
                open.append(top)
            } else {
                // Looked at again once the answer is there.
                open.append(top)
                try enter(next)
            }
        }
        return known[root] ?? false
    }

    /// The files and folders of a commit at or in which targets are, in stored order.
    /// - Parameter limit: stop after so many.
    public mutating func paths(in root: ObjectID, limit: Int) throws(PachError) -> [FilePath] {
        var paths: [FilePath] = []
        var open: [(path: FilePath, node: TreeNode)] = [(.root, TreeNode(kind: .folder, id: root))]
        while let (path, node) = open.popLast(), paths.count < limit {
            let isHit = node.kind == .file ? targets.contains(node.id) : try isWithin(node.id)
            guard isHit else { continue }
            guard node.kind == .folder, !targets.contains(node.id), let entries = try entries(of: node.id) else {
                paths.append(path)
                continue
            }
            let count = open.count
            for entry in entries.reversed() { open.append((path.appending(entry.name), entry.node)) }
            // The attributes are no file, and all commits have them.
            if open.count == count { paths.append(path) }
        }
        return paths
    }

    /// - Returns: nil where the tree cannot be read and that is no failure.
    private func children(of tree: ObjectID) throws(PachError) -> [(id: ObjectID, isTree: Bool)]? {
        do throws(PachError) {
            let object = try objects.read(tree)
            guard object.kind == .tree else { throw PachError(.corrupt, "object \(tree) is a \(object.kind.word), where a tree should be") }
            return try GitTree.children(of: object.bytes)
        } catch {
            guard unreadable == .skip, error.code == .corrupt || error.code == .notFound || error.code == .tooLarge else { throw error }
            return nil
        }
    }

    /// - Returns: nil where the tree, whose children are known, is none of ours: other programs' trees have no paths of ours.
    private func entries(of tree: ObjectID) throws(PachError) -> [TreeEntry]? {
        do throws(PachError) {
            return try TreeReader(objects).list(tree)
        } catch {
            guard error.code == .corrupt || unreadable == .skip && (error.code == .notFound || error.code == .tooLarge) else { throw error }
            return nil
        }
    }
}
