public import Model

/// A batch of changes to the files of a commit, applied at once to a base tree.
///
/// The changes are collected in memory; `apply` then rewrites the folders on their paths and nothing else. Where several
/// concern one path, the later wins. A file and a folder can be given one name on the way, in any order, but not in the end:
/// then `apply` reports the collision. A folder that becomes empty vanishes. Not for several threads at once.
public struct TreeEditor: ~Copyable {
    private let root = PendingFolder(isInherited: true)

    public init() {}

    /// Whether nothing was asked for.
    public var isEmpty: Bool { root.isUnchanged }

    /// Puts `file` at `path`, in place of a file that may be there.
    /// - Throws: `invalidArgument` for a path that is too long: nobody could read it.
    public func put(_ file: StoredFile, at path: FilePath) throws(PachError) {
        try path.requireLength()
        try change(path) { $0.file = .put(file) }
    }

    /// What a deletion does where there is nothing to delete.
    public enum Absence: Sendable {
        case fails
        case isIgnored
    }

    /// Deletes the file or folder at `path`; the root: everything.
    /// - Parameter absence: `fails` makes `apply` throw `notFound` where neither the base nor an earlier change has the path.
    public func delete(_ path: FilePath, ifAbsent absence: Absence = .fails) throws(PachError) {
        guard !path.isRoot else { return root.clear() }
        try change(path) { pending in
            // What was put before is certainly there to delete. For anything else the base knows, and is asked in `apply`.
            if absence == .fails, !pending.isPut { pending.mustBeInBase = true }
            pending.file = .absent
            pending.folder = .absent
        }
    }

    /// Rewrites the folders on the changed paths, and writes those that are really different.
    /// - Parameters:
    ///   - base: The root to change; nil for none.
    ///   - reader: Where the base can be read.
    /// - Throws: `conflict` for a path that would be both file and folder; `notFound` (see `delete`); `invalidArgument` for a
    ///   name that cannot be stored.
    public func apply(to base: ObjectID?, reader: any ObjectReader, writer: any ObjectWriter) throws(PachError) -> TreeEdit {
        var application = TreeEditApplication(reader: reader, writer: writer)
        return try application.run(root, base: base)
    }

    /// Changes the pending state of `path`, which is not the root.
    private func change(_ path: FilePath, _ body: (inout PendingChange) -> Void) throws(PachError) {
        guard let name = path.name else { throw PachError(.invalidArgument, "'/' is a folder, not a file") }
        var folder = root
        for name in path.components.dropLast() { folder = folder.folder(name) }
        body(&folder.changes[name, default: PendingChange()])
    }
}

/// What a batch of changes came to.
public struct TreeEdit: Hashable, Sendable {
    /// The new root; the base's own where nothing differs.
    public var root: ObjectID
    /// Files and bytes more than before; negative where fewer.
    public var delta: FileTotals

    public init(root: ObjectID, delta: FileTotals) {
        self.root = root
        self.delta = delta
    }
}

/// What is to become of one name: of the file and of the folder that it may stand for, each on its own.
struct PendingChange {
    enum File {
        case inherited
        case absent
        case put(StoredFile)
    }

    enum Folder {
        case inherited
        case absent
        case changed(PendingFolder)
    }

    var file = File.inherited
    var folder = Folder.inherited
    var mustBeInBase = false

    /// Whether something is put here or below, whatever the base has.
    var isPut: Bool {
        var rest = [self]
        while let change = rest.popLast() {
            if case .put = change.file { return true }
            if case .changed(let folder) = change.folder { rest += folder.changes.values }
        }
        return false
    }
}

/// What is to become of the content of one folder.
final class PendingFolder {
    /// Whether the changes are made to what the base tree has at this path, and not to an empty folder.
    private(set) var isInherited: Bool
    var changes: [FileName: PendingChange] = [:]

    init(isInherited: Bool) {
        self.isInherited = isInherited
    }

    deinit {
        // One by one, rather than each by the one above it: a path can have two thousand components.
        var rest = takeSubfolders()
        while let folder = rest.popLast() { rest += folder.takeSubfolders() }
    }

    private func takeSubfolders() -> [PendingFolder] {
        let taken = changes
        changes = [:]
        return taken.values.compactMap { if case .changed(let folder) = $0.folder { folder } else { nil } }
    }

    var isUnchanged: Bool { isInherited && changes.isEmpty }

    func clear() {
        isInherited = false
        changes = [:]
    }

    /// The subfolder `name`, about to be changed.
    func folder(_ name: FileName) -> PendingFolder {
        let known = changes[name]?.folder ?? .inherited
        let folder: PendingFolder
        switch known {
        case .changed(let changed): return changed
        case .inherited: folder = PendingFolder(isInherited: true)
        case .absent: folder = PendingFolder(isInherited: false)
        }
        changes[name, default: PendingChange()].folder = .changed(folder)
        return folder
    }
}
