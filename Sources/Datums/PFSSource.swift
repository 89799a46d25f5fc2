import Globbing
import Model
import Storage

/// The files and folders of one branch that match a glob: each is a row of one input.
struct PFSSource: DatumSource {
    private let input: PFSInput
    private let glob: Glob

    init(_ input: PFSInput) throws(PachError) {
        self.input = input
        do {
            glob = try Glob(input.glob)
        } catch {
            throw PachError(
                error.reason == .notSupported ? .notSupported : .invalidArgument, "glob \(quoted(input.glob)) is not allowed",
                cause: error.description)
        }
    }

    func rows(in snapshot: InputSnapshot) throws(PachError) -> any RowIterator {
        Rows(walk: try walk(in: snapshot), input: input)
    }

    func count(in snapshot: InputSnapshot) throws(PachError) -> Int {
        var walk = try walk(in: snapshot)
        var count = 0
        while try walk.next() != nil { count += 1 }
        return count
    }

    /// There may be as many as there are files.
    static func check(count: Int) {}

    func changes(from old: InputSnapshot, to new: InputSnapshot) throws(PachError) -> [RowChange] {
        let oldRoot = old.root(of: input.source)
        let newRoot = new.root(of: input.source)
        guard oldRoot != newRoot else { return [] }
        var diff = GlobDiff(glob: glob, from: oldRoot, to: newRoot, diff: TreeDiff(try new.readers(input.repo)))
        var changes: [RowChange] = []
        while let match = try diff.next() {
            let old = match.old.map { [input.datumInput(at: match.path, $0)] }
            let new = match.new.map { [input.datumInput(at: match.path, $0)] }
            switch (old, new) {
            case (nil, let new?): changes.append(.added(new))
            case (let old?, let new?): changes.append(.changed(old: old, new: new))
            case (let old?, nil): changes.append(.removed(old))
            case (nil, nil): break
            }
        }
        return changes
    }

    private func walk(in snapshot: InputSnapshot) throws(PachError) -> GlobWalk {
        GlobWalk(glob: glob, root: snapshot.root(of: input.source), reader: TreeReader(try snapshot.readers(input.repo)))
    }

    private struct Rows: RowIterator {
        var walk: GlobWalk
        let input: PFSInput

        mutating func next() throws(PachError) -> Row? {
            try walk.next().map { match in [input.datumInput(at: match.path, match.node)] }
        }
    }
}

extension PFSInput {
    fileprivate func datumInput(at path: FilePath, _ node: TreeNode) -> DatumInput {
        DatumInput(name: name, repo: repo, branch: branch, path: path, content: node.id, kind: node.kind)
    }
}
