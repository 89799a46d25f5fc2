import Model

/// Applies the pending changes of a `TreeEditor`, folder by folder.
///
/// Folders within folders are kept on a stack of its own: a path can have two thousand components, a thread's stack is small.
struct TreeEditApplication {
    /// A folder whose changes are being applied.
    private struct Frame {
        var path: FilePath
        var base: ObjectID?
        var old: [UInt8]
        var changes: [(key: FileName, value: PendingChange)]
        var slots: TreeSlots
        /// How many of the changes, in the order of `slots`, are done.
        var done = 0
        /// What is decided for the name whose folder is being applied above this frame.
        var newFile: TreeNode?
    }

    private let reader: any ObjectReader
    private let writer: any ObjectWriter
    private var delta = FileTotals.zero
    private var frames: [Frame] = []

    init(reader: any ObjectReader, writer: any ObjectWriter) {
        self.reader = reader
        self.writer = writer
    }

    mutating func run(_ root: PendingFolder, base: ObjectID?) throws(PachError) -> TreeEdit {
        // The empty root is written as any other, rather than read: so it is whole again where it was damaged.
        try enter(root, over: base == StorageFormat.emptyRootID ? nil : base, at: .root)
        while true {
            guard var frame = frames.popLast() else { preconditionFailure("the root's frame is left by returning") }
            let subfolder = try proceed(&frame)
            if let (folder, inherited) = subfolder {
                let path = frame.path.appending(frame.changes[frame.slots.nameOrder[frame.done]].key)
                frames.append(frame)
                try enter(folder, over: inherited, at: path)
                continue
            }
            let id = try finish(&frame)
            if frames.isEmpty {
                // The attributes alone make a root's bytes more than none.
                guard let id else { preconditionFailure("a root is never empty") }
                return TreeEdit(root: id, delta: delta)
            }
            try settle(id, in: &frames[frames.count - 1])
        }
    }

    /// - Parameter inherited: What the base tree has here.
    private mutating func enter(_ folder: PendingFolder, over inherited: ObjectID?, at path: FilePath) throws(PachError) {
        let base = folder.isInherited ? inherited : nil
        if !folder.isInherited { try remove(inherited) }
        let old = try base.map { (id) throws(PachError) in try reader.tree(id).bytes } ?? []
        let changes = Array(folder.changes)
        var slots = TreeSlots(changes.map(\.key))
        do {
            try slots.locate(in: old)
        } catch {
            throw base.map { error.inTree($0) } ?? error
        }
        frames.append(Frame(path: path, base: base, old: old, changes: changes, slots: slots))
    }

    /// Applies changes, in a fixed order, so that of several mistakes always the same one is reported.
    /// - Returns: the next subfolder that is changed in itself, with what the base has there; nil behind the last change.
    private mutating func proceed(_ frame: inout Frame) throws(PachError) -> (PendingFolder, inherited: ObjectID?)? {
        while frame.done < frame.slots.nameOrder.count {
            let index = frame.slots.nameOrder[frame.done]
            let (name, change) = frame.changes[index]
            let old = try frame.slots.old(index)
            guard !change.mustBeInBase || old != nil else {
                throw PachError(.notFound, "file \(frame.path.appending(name)) not found")
            }
            let oldFile = old.flatMap { $0.kind.isFile ? $0 : nil }
            let oldFolder = old?.kind == .folder ? old?.id : nil
            frame.newFile = try file(change.file, inPlaceOf: oldFile)
            switch change.folder {
            case .inherited:
                try settle(oldFolder, in: &frame)
            case .absent:
                try remove(oldFolder)
                try settle(nil, in: &frame)
            case .changed(let folder):
                return (folder, oldFolder)
            }
        }
        return nil
    }

    /// Ends the current change of `frame`, the folder of that name being `folder` from now on.
    private func settle(_ folder: ObjectID?, in frame: inout Frame) throws(PachError) {
        let index = frame.slots.nameOrder[frame.done]
        guard frame.newFile == nil || folder == nil else {
            throw PachError(.conflict, "file / directory path collision (\(frame.path.appending(frame.changes[index].key)))")
        }
        try frame.slots.set(index, file: frame.newFile, folder: folder)
        frame.done += 1
    }

    /// Writes the folder, if it differs.
    /// - Returns: its new id; nil where nothing is left in it.
    private func finish(_ frame: inout Frame) throws(PachError) -> ObjectID? {
        // The root has the attributes, and no folder below it (invariant 9).
        if frame.slots.setAttributes(frame.path.isRoot) { _ = try writer.write(.blob, StorageFormat.attributes) }
        guard let new = frame.slots.splice(frame.old) else { return frame.old.isEmpty ? nil : frame.base }
        return new.isEmpty ? nil : try writer.write(.tree, new, madeFrom: frame.base)
    }

    private mutating func file(_ change: PendingChange.File, inPlaceOf old: TreeNode?) throws(PachError) -> TreeNode? {
        let new: StoredFile?
        switch change {
        case .inherited: return old
        case .absent: new = nil
        case .put(let file): new = file
        }
        guard new?.node != old else { return old }
        if let old { delta -= try TreeReader(reader).totals(of: old) }
        if let new { delta += FileTotals(files: 1, bytes: new.size) }
        return new?.node
    }

    private mutating func remove(_ folder: ObjectID?) throws(PachError) {
        guard let folder else { return }
        delta -= try TreeReader(reader).totals(of: TreeNode(kind: .folder, id: folder))
    }
}
