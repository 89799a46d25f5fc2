import Model

/// Applies the pending changes of a `TreeEditor`, folder by folder.
struct TreeEditApplication {
    private let reader: any ObjectReader
    private let writer: any ObjectWriter
    private var delta = FileTotals.zero

    init(reader: any ObjectReader, writer: any ObjectWriter) {
        self.reader = reader
        self.writer = writer
    }

    mutating func run(_ root: PendingFolder, base: ObjectID?) throws(PachError) -> TreeEdit {
        guard let id = try apply(root, over: base, at: .root) else {
            // The attributes alone make a root's bytes more than none.
            preconditionFailure("a root is never empty")
        }
        return TreeEdit(root: id, delta: delta)
    }

    /// - Parameter inherited: What the base tree has here.
    /// - Returns: the folder's new id; nil where nothing is left in it.
    private mutating func apply(_ folder: PendingFolder, over inherited: ObjectID?, at path: FilePath) throws(PachError) -> ObjectID? {
        let base: ObjectID?
        switch folder.base {
        case .inherited:
            base = inherited
        case .nothing:
            base = nil
            try remove(inherited)
        case .tree(let id, let totals):
            base = id
            if id != inherited {
                try remove(inherited)
                delta += try known(totals, of: TreeNode(kind: .folder, id: id))
            }
        }
        let old = try base.map { (id) throws(PachError) in try reader.tree(id).bytes } ?? []
        // In the order of names, so that of several mistakes always the same one is reported.
        let changes = folder.changes.sorted { $0.key < $1.key }
        var slots = TreeSlots(changes.map(\.key))
        do {
            try slots.locate(in: old)
        } catch {
            throw base.map { error.inTree($0) } ?? error
        }
        for (index, change) in changes.enumerated() {
            try apply(change.value, to: change.key, index, in: &slots, at: path)
        }
        // A root that is grafted as a folder loses the attributes, a folder that becomes the root gets them (invariant 9).
        if slots.setAttributes(path.isRoot) { _ = try writer.write(.blob, StorageFormat.attributes) }
        guard let new = slots.splice(old) else { return old.isEmpty ? nil : base }
        return new.isEmpty ? nil : try writer.write(.tree, new)
    }

    private mutating func apply(
        _ change: PendingChange, to name: FileName, _ index: Int, in slots: inout TreeSlots, at path: FilePath
    ) throws(PachError) {
        let (oldFile, oldFolder) = slots.old(index)
        guard oldFile == nil || oldFolder == nil else {
            throw PachError(.corrupt, "\(path.appending(name)) is both a file and a folder in the base tree")
        }
        guard !change.mustBeInBase || oldFile != nil || oldFolder != nil else {
            throw PachError(.notFound, "file \(path.appending(name)) not found")
        }
        let newFile = try file(change.file, inPlaceOf: oldFile)
        let newFolder: ObjectID?
        switch change.folder {
        case .inherited:
            newFolder = oldFolder
        case .absent:
            newFolder = nil
            try remove(oldFolder)
        case .changed(let folder):
            newFolder = try apply(folder, over: oldFolder, at: path.appending(name))
        }
        guard newFile == nil || newFolder == nil else {
            throw PachError(.conflict, "file / directory path collision (\(path.appending(name)))")
        }
        try slots.set(index, file: newFile, folder: newFolder)
    }

    private mutating func file(_ change: PendingChange.File, inPlaceOf old: TreeNode?) throws(PachError) -> TreeNode? {
        let new: TreeNode?
        var totals: FileTotals?
        switch change {
        case .inherited:
            return old
        case .absent:
            new = nil
        case .put(let file):
            new = file.node
            totals = FileTotals(files: 1, bytes: file.size)
        case .graft(let node, let known):
            new = node
            totals = known
        }
        guard new != old else { return new }
        if let old { delta -= try known(nil, of: old) }
        if let new { delta += try known(totals, of: new) }
        return new
    }

    private mutating func remove(_ folder: ObjectID?) throws(PachError) {
        guard let folder else { return }
        delta -= try known(nil, of: TreeNode(kind: .folder, id: folder))
    }

    /// `totals`, or what counting gives.
    private func known(_ totals: FileTotals?, of node: TreeNode) throws(PachError) -> FileTotals {
        if let totals { return totals }
        return try TreeReader(reader).totals(of: node)
    }
}
