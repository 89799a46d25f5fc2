import Globbing
import Model
import Storage

/// Goes through a tree's files and folders that match a glob: a folder before what is below it, names in the order of their
/// bytes. A folder below which nothing can match is not opened.
struct GlobWalk {
    struct Match {
        var folder: FilePath
        /// None for the root.
        var name: FileName?
        var node: TreeNode

        var path: FilePath { name.map(folder.appending) ?? folder }
    }

    /// A folder on the way to the present path, and what of it is still to come.
    private struct Folder {
        let path: FilePath
        let state: Glob.State
        let entries: [TreeEntry]
        var position = 0
    }

    private let start: Glob.State
    private let reader: TreeReader
    private var root: ObjectID?
    private var folders: [Folder] = []

    /// - Parameter root: The root of the files; nil while there are none.
    init(glob: Glob, root: ObjectID?, reader: TreeReader) {
        start = glob.start
        self.root = root
        self.reader = reader
    }

    mutating func next() throws(PachError) -> Match? {
        if let root {
            self.root = nil
            if start.canDescend { try descend(into: root, at: .root, start) }
            if start.isMatch { return Match(folder: .root, node: TreeNode(kind: .folder, id: root)) }
        }
        while let depth = folders.indices.last {
            guard folders[depth].position < folders[depth].entries.count else {
                folders.removeLast()
                continue
            }
            let folder = folders[depth].path
            let entry = folders[depth].entries[folders[depth].position]
            folders[depth].position += 1
            guard let state = folders[depth].state.advanced(byComponent: entry.name.description.utf8) else { continue }
            if entry.kind == .folder, state.canDescend { try descend(into: entry.id, at: folder.appending(entry.name), state) }
            if state.isMatch { return Match(folder: folder, name: entry.name, node: entry.node) }
        }
        return nil
    }

    private mutating func descend(into id: ObjectID, at path: FilePath, _ state: Glob.State) throws(PachError) {
        let entries: [TreeEntry]
        if let only = state.onlyName {
            entries = try reader.tree(id).node(named: only).map { [TreeEntry(name: only, node: $0)] } ?? []
        } else {
            entries = try reader.list(id)
        }
        folders.append(Folder(path: path, state: state, entries: entries))
    }
}

extension Glob.State {
    /// The one name that can come next, where the pattern spells it out.
    var onlyName: FileName? {
        // What the pattern spells out need not be a name that a file can have; then a listing finds nothing, at more cost.
        onlyComponent.flatMap { try? FileName($0) }
    }
}
