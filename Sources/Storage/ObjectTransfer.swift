import Files
public import Model

/// Takes objects from one repo to another as they are, so that what they name keeps its id. Calls block.
///
/// Each repo holds all of its own objects, so that it can be cloned, moved or deleted alone.
public struct ObjectTransfer {
    private let source: any ObjectReader
    private let destination: any ObjectWriter

    public init(from source: any ObjectReader, to destination: any ObjectWriter) {
        self.source = source
        self.destination = destination
    }

    /// Copies the object and everything that it refers to. One object at a time is in memory, and the ids that are still to come.
    public func copy(_ id: ObjectID) throws(PachError) {
        // A list rather than recursion: folders may lie deeper than a thread's stack.
        var pending = [id]
        while let next = pending.popLast() {
            let object = try source.read(next)
            if object.kind == .tree {
                for child in try Self.children(ofTree: object.bytes) { pending.append(child.id) }
            }
            _ = try destination.write(object.kind, object.bytes)
        }
    }

    /// What a Git tree of ours refers to, hidden entries included.
    public static func children(ofTree tree: [UInt8]) throws(PachError) -> [(id: ObjectID, isTree: Bool)] {
        try tree.withBytes { (bytes) throws(PachError) in
            var cursor = TreeCursor(bytes)
            var children: [(id: ObjectID, isTree: Bool)] = []
            while let entry = try cursor.next() { children.append((id: entry.id(in: bytes), isTree: entry.isTree)) }
            return children
        }
    }

    /// Copies what is at or below `node`; returns its files, their paths seen from `node`.
    public func files(below node: TreeNode) throws(PachError) -> [(path: FilePath, file: StoredFile)] {
        let reader = FileReader(source)
        guard node.kind == .folder else {
            try copy(node.id)
            return [(.root, try reader.file(node))]
        }
        var files: [(path: FilePath, file: StoredFile)] = []
        try TreeReader(source).walk(node.id) { (path, child) throws(PachError) in
            if child.kind.isFile {
                try copy(child.id)
                files.append((path, try reader.file(child)))
            }
            return .proceed
        }
        return files
    }
}
