import Files
public import Model

/// One folder as it is stored: a Git tree.
public struct Tree: Sendable, Hashable {
    public let bytes: [UInt8]

    /// - Parameter bytes: A tree object's bytes. They are checked as they are read, and by `validate` as a whole.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Builds the tree that holds `entries`, in any order.
    /// - Parameter isRoot: Whether it is the tree of a commit, which also holds the attributes.
    /// - Throws: `invalidArgument` for a name that cannot be stored; `conflict` for two entries with one name.
    public init(_ entries: some Sequence<TreeEntry>, isRoot: Bool) throws(PachError) {
        var stored: [(name: [UInt8], kind: TreeNode.Kind, id: ObjectID)] = []
        var names: Set<FileName> = []
        for entry in entries {
            guard names.insert(entry.name).inserted else {
                throw PachError(.conflict, "file / directory path collision (\(entry.name))")
            }
            stored.append((try StoredName.encode(entry.name, kind: entry.kind), entry.kind, entry.id))
        }
        if isRoot { stored.append((StorageFormat.attributesName, .file, StorageFormat.attributesID)) }
        stored.sort { left, right in
            left.name.withUnsafeBytes { leftName in
                right.name.withUnsafeBytes { rightName in
                    RawTreeEntry.compare(leftName, isTree: left.kind != .file, rightName, isTree: right.kind != .file) < 0
                }
            }
        }
        var bytes: [UInt8] = []
        for entry in stored { TreeBytes.append(kind: entry.kind, storedName: entry.name, id: entry.id, to: &bytes) }
        self.bytes = bytes
    }

    /// The files and folders in it, by name.
    /// - Throws: `corrupt`.
    public func entries() throws(PachError) -> [TreeEntry] {
        var entries: [TreeEntry] = []
        try forEach { entry throws(PachError) in entries.append(entry) }
        // Stored order is the order of names but for escaped ones, folders and chunked files: nearly sorted.
        entries.sort { $0.name < $1.name }
        return entries
    }

    /// Visits the files and folders in it, in stored order.
    public func forEach(_ body: (TreeEntry) throws(PachError) -> Void) throws(PachError) {
        try bytes.withBytes { (tree) throws(PachError) in
            var cursor = TreeCursor(tree)
            while let raw = try cursor.next() {
                if let entry = try Self.entry(raw, in: tree) { try body(entry) }
            }
        }
    }

    /// The file or folder called `name`; nil if there is none.
    public func node(named name: FileName) throws(PachError) -> TreeNode? {
        // A name too long for its form cannot be there in that form.
        let plain = try? StoredName.encode(name, kind: .file)
        let chunked = try? StoredName.encode(name, kind: .chunkedFile)
        return try bytes.withBytes { (tree) throws(PachError) in
            var cursor = TreeCursor(tree)
            while let raw = try cursor.next() {
                let stored = raw.name(in: tree)
                if let plain, plain.withUnsafeBytes({ stored.equals($0) }) {
                    return TreeNode(kind: raw.isTree ? .folder : .file, id: raw.id(in: tree))
                }
                if let chunked, raw.isTree, chunked.withUnsafeBytes({ stored.equals($0) }) {
                    return TreeNode(kind: .chunkedFile, id: raw.id(in: tree))
                }
            }
            return nil
        }
    }

    /// What a raw entry stands for; nil for the attributes, which are not one of the files.
    static func entry(_ raw: RawTreeEntry, in tree: UnsafeRawBufferPointer) throws(PachError) -> TreeEntry? {
        let stored = raw.name(in: tree)
        if isAttributes(raw, in: tree) { return nil }
        let (name, kind) = try StoredName.decode(stored, isTree: raw.isTree)
        return TreeEntry(name: name, kind: kind, id: raw.id(in: tree))
    }

    static func isAttributes(_ raw: RawTreeEntry, in tree: UnsafeRawBufferPointer) -> Bool {
        !raw.isTree && StorageFormat.attributesName.withUnsafeBytes { raw.name(in: tree).equals($0) }
            && raw.id(in: tree) == StorageFormat.attributesID
    }
}

// MARK: - Untrusted bytes

extension Tree {
    /// Where in a commit a tree stands, which decides what may be in it.
    public enum Place: Sendable {
        case root
        case folder
    }

    /// Checks everything that makes this a tree that pach would have written: modes, names, their order, no name twice, the
    /// attributes in a root and only there, something in any other folder. What its entries refer to is not looked at.
    /// - Throws: `corrupt`.
    public func validate(as place: Place) throws(PachError) {
        let (hasAttributes, fileCount) = try validateEntries()
        guard hasAttributes == (place == .root) else {
            throw PachError(
                .corrupt, hasAttributes ? "a folder has a '.gitattributes' of a root" : "a root lacks pach's '.gitattributes'")
        }
        guard place == .root || fileCount > 0 else { throw PachError(.corrupt, "a folder is empty") }
    }

    private func validateEntries() throws(PachError) -> (hasAttributes: Bool, fileCount: Int) {
        try bytes.withBytes { (tree) throws(PachError) in
            var cursor = TreeCursor(tree)
            var previous: RawTreeEntry?
            var hasAttributes = false
            var names: [FileName] = []
            while let raw = try cursor.next() {
                if let previous {
                    let order = RawTreeEntry.compare(
                        previous.name(in: tree), isTree: previous.isTree, raw.name(in: tree), isTree: raw.isTree)
                    guard order < 0 else {
                        throw PachError(.corrupt, "a tree's entries are not in order, or one is there twice, at byte \(raw.start)")
                    }
                }
                previous = raw
                if let entry = try Self.entry(raw, in: tree) {
                    names.append(entry.name)
                } else {
                    hasAttributes = true
                }
            }
            // `a`, `a/` and `a~pach.chunks/` are three places in the order, but one name.
            names.sort()
            for (name, next) in zip(names, names.dropFirst()) where name == next {
                throw PachError(.corrupt, "a tree has \(quoted(name.description)) twice, in different forms")
            }
            return (hasAttributes, names.count)
        }
    }
}
