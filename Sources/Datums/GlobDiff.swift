import Globbing
import Model
import Storage

/// Goes through the paths that match a glob and at which two trees differ, in the order of `GlobWalk`.
///
/// Equal folders are not opened, nor any below which nothing can match. So the cost is that of the folders that differ.
struct GlobDiff {
    struct Match {
        var path: FilePath
        /// Nil where nothing stood there; so also `new`.
        var old: TreeNode?
        var new: TreeNode?
    }

    /// A folder on the way to the present path that differs, and what in it is still to come.
    private struct Folder {
        let path: FilePath
        let state: Glob.State
        let differences: [TreeDiff.Difference]
        var position = 0
    }

    private let start: Glob.State
    private let diff: TreeDiff
    private var roots: (old: TreeNode?, new: TreeNode?)?
    private var folders: [Folder] = []

    /// - Parameter oldRoot: The root of the files; nil while there are none. So also `newRoot`.
    init(glob: Glob, from oldRoot: ObjectID?, to newRoot: ObjectID?, diff: TreeDiff) {
        start = glob.start
        self.diff = diff
        guard oldRoot != newRoot else { return }
        roots = (oldRoot.map { TreeNode(kind: .folder, id: $0) }, newRoot.map { TreeNode(kind: .folder, id: $0) })
    }

    mutating func next() throws(PachError) -> Match? {
        if let (old, new) = roots {
            roots = nil
            if start.canDescend { try descend(.root, start, old: old, new: new) }
            if start.isMatch { return Match(path: .root, old: old, new: new) }
        }
        while let depth = folders.indices.last {
            guard folders[depth].position < folders[depth].differences.count else {
                folders.removeLast()
                continue
            }
            let difference = folders[depth].differences[folders[depth].position]
            folders[depth].position += 1
            guard let state = folders[depth].state.advanced(byComponent: difference.name.description.utf8) else { continue }
            let path = folders[depth].path.appending(difference.name)
            if state.canDescend { try descend(path, state, old: difference.old, new: difference.new) }
            if state.isMatch { return Match(path: path, old: difference.old, new: difference.new) }
        }
        return nil
    }

    private mutating func descend(_ path: FilePath, _ state: Glob.State, old: TreeNode?, new: TreeNode?) throws(PachError) {
        let old = old?.folder
        let new = new?.folder
        guard old != new else { return }
        folders.append(Folder(path: path, state: state, differences: try diff.entries(old: old, new: new)))
    }
}

extension TreeNode {
    /// The id of its tree, if it is a folder.
    fileprivate var folder: ObjectID? { kind == .folder ? id : nil }
}
