public import Model

/// What stands at a path: a file or a folder, by the form it is stored in and its id.
public struct TreeNode: Hashable, Sendable {
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// A file that is one blob.
        case file
        /// A file that is a tree of chunks.
        case chunkedFile
        case folder

        public var isFile: Bool { self != .folder }
    }

    public var kind: Kind
    public var id: ObjectID

    public init(kind: Kind, id: ObjectID) {
        self.kind = kind
        self.id = id
    }
}

/// A named node of a folder.
public struct TreeEntry: Hashable, Sendable {
    public var name: FileName
    public var node: TreeNode

    public var kind: TreeNode.Kind { node.kind }
    public var id: ObjectID { node.id }

    public init(name: FileName, node: TreeNode) {
        self.name = name
        self.node = node
    }

    public init(name: FileName, kind: TreeNode.Kind, id: ObjectID) {
        self.init(name: name, node: TreeNode(kind: kind, id: id))
    }
}

/// A file that was stored: its form, its id, its size. The three depend on its bytes alone (invariant 9).
public struct StoredFile: Hashable, Sendable {
    /// Whether the file is a tree of chunks rather than one blob.
    public var isChunked: Bool
    public var id: ObjectID
    public var size: Int

    public var node: TreeNode { TreeNode(kind: isChunked ? .chunkedFile : .file, id: id) }

    public init(isChunked: Bool, id: ObjectID, size: Int) {
        self.isChunked = isChunked
        self.id = id
        self.size = size
    }
}

/// How many files there are, and how many bytes they have together.
public struct FileTotals: Hashable, Sendable {
    public var files: Int
    public var bytes: Int

    public static let zero = FileTotals(files: 0, bytes: 0)

    public init(files: Int, bytes: Int) {
        self.files = files
        self.bytes = bytes
    }

    public static func + (left: FileTotals, right: FileTotals) -> FileTotals {
        FileTotals(files: left.files + right.files, bytes: left.bytes + right.bytes)
    }

    public static func - (left: FileTotals, right: FileTotals) -> FileTotals {
        FileTotals(files: left.files - right.files, bytes: left.bytes - right.bytes)
    }

    public static func += (left: inout FileTotals, right: FileTotals) { left = left + right }
    public static func -= (left: inout FileTotals, right: FileTotals) { left = left - right }
}
