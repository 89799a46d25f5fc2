public import Model

/// What stands in one folder of a commit, by name and content id alone: nothing below it is read, so it costs what the folder's listing does.
public struct FolderListing: Sendable, Hashable, Codable {
    public struct Entry: Sendable, Hashable, Codable {
        public var name: FileName
        public var fileType: FileKind
        /// The id of its content: equal content has an equal id (invariant 9).
        public var hash: ObjectID

        enum CodingKeys: String, CodingKey {
            case name, hash
            case fileType = "file_type"
        }

        public init(name: FileName, fileType: FileKind, hash: ObjectID) {
            self.name = name
            self.fileType = fileType
            self.hash = hash
        }
    }

    /// The id of the commit's root when it was read; that of an open commit moves.
    public var tree: ObjectID
    /// The id of the folder.
    public var hash: ObjectID
    /// By name.
    public var entries: [Entry]

    public init(tree: ObjectID, hash: ObjectID, entries: [Entry]) {
        self.tree = tree
        self.hash = hash
        self.entries = entries
    }
}

/// Files that a put leaves out, since the commit has them as they are.
public struct PresentFiles: Sendable, Hashable {
    /// The id of the root that has them. Where the commit has another one meanwhile the put fails.
    public var tree: ObjectID
    public var count: Int

    public init(tree: ObjectID, count: Int) {
        self.tree = tree
        self.count = count
    }
}
