public import Model

/// Looks up, lists and walks the files of a commit. Calls block.
public struct TreeReader: Sendable {
    private let objects: any ObjectReader

    public init(_ objects: any ObjectReader) {
        self.objects = objects
    }

    /// The folder `id`, as it is stored.
    public func tree(_ id: ObjectID) throws(PachError) -> Tree {
        try objects.tree(id)
    }

    /// What stands at `path`; nil if nothing does. The root is a folder, and its id is `root`.
    public func node(at path: FilePath, in root: ObjectID) throws(PachError) -> TreeNode? {
        var node = TreeNode(kind: .folder, id: root)
        for name in path.components {
            guard node.kind == .folder, let next = try objects.tree(node.id).node(named: name) else { return nil }
            node = next
        }
        return node
    }

    /// What stands at `path`.
    /// - Throws: `notFound`.
    public func existingNode(at path: FilePath, in root: ObjectID) throws(PachError) -> TreeNode {
        guard let node = try node(at: path, in: root) else { throw PachError(.notFound, "file \(path) not found") }
        return node
    }

    /// The file at `path`.
    /// - Throws: `notFound`; `invalidArgument` for a folder.
    public func file(at path: FilePath, in root: ObjectID) throws(PachError) -> StoredFile {
        let node = try existingNode(at: path, in: root)
        guard node.kind.isFile else { throw PachError(.invalidArgument, "\(path) is a folder, not a file") }
        return try FileReader(objects).file(node)
    }

    /// What the folder `id` holds, by name.
    public func list(_ id: ObjectID) throws(PachError) -> [TreeEntry] {
        do {
            return try objects.tree(id).entries()
        } catch {
            throw error.inTree(id)
        }
    }

    /// How many files `node` is, and how many bytes they have. Reads every folder below it and the header of every blob.
    public func totals(of node: TreeNode) throws(PachError) -> FileTotals {
        guard node.kind == .folder else { return FileTotals(files: 1, bytes: try FileReader(objects).file(node).size) }
        var totals = FileTotals.zero
        // Depth first with a stack of our own: a path can have two thousand components.
        var open = [node.id]
        while let id = open.popLast() {
            try objects.tree(id).forEach { (entry) throws(PachError) in
                if entry.kind == .folder {
                    open.append(entry.id)
                } else {
                    totals += FileTotals(files: 1, bytes: try FileReader(objects).file(entry.node).size)
                }
            }
        }
        return totals
    }

    /// What a visitor wants next.
    public enum Visit: Sendable {
        /// Go on; if this is a folder, into it.
        case proceed
        /// Go on behind this folder.
        case skip
        /// No more.
        case stop
    }

    /// Visits everything below the folder `id`, folders before what they hold, in the order of paths.
    ///
    /// Holds the listings of the folders between here and there, nothing else (invariant 8).
    /// - Parameter path: Where the folder stands; it begins every path that is visited.
    /// - Returns: whether the walk came to its end, rather than being stopped.
    @discardableResult
    public func walk(
        _ id: ObjectID, at path: FilePath = .root, _ visit: (FilePath, TreeNode) throws(PachError) -> Visit
    ) throws(PachError) -> Bool {
        var open = [(path: path, rest: try list(id)[...])]
        while let folder = open.last {
            guard let entry = folder.rest.first else {
                open.removeLast()
                continue
            }
            open[open.count - 1].rest.removeFirst()
            let path = folder.path.appending(entry.name)
            switch try visit(path, entry.node) {
            case .stop: return false
            case .skip: continue
            case .proceed:
                if entry.kind == .folder { open.append((path, try list(entry.id)[...])) }
            }
        }
        return true
    }
}

extension PachError {
    /// The same, naming the tree whose bytes are at fault.
    func inTree(_ id: ObjectID) -> PachError {
        guard code == .corrupt, !message.contains(id.description) else { return self }
        var error = self
        error.message = "tree \(id): \(message)"
        return error
    }
}
