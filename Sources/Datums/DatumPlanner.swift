public import Model
public import Storage

/// The trees that a pipeline's inputs stand at: the root tree of each branch's head. A branch that is not listed has no commit
/// and counts as empty.
public typealias InputTrees = [Branch: ObjectID]

/// Tells the datums of a pipeline's input from trees: all of them, or what changed between two states of the branches.
///
/// It is a function of the trees: it decides nothing and stores nothing. What it costs is reading trees, and those alone that
/// differ: equal ones are never opened.
public struct DatumPlanner: Sendable {
    /// Gives access to the objects of a repo.
    public typealias Readers = @Sendable (RepoName) throws(PachError) -> any ObjectReader

    private let source: any DatumSource
    private let readers: Readers

    /// - Throws: `invalidArgument` for a glob that is malformed, `notSupported` for one that is not built.
    public init(_ input: PipelineInput, readers: @escaping Readers) throws(PachError) {
        source = try Self.source(of: input)
        self.readers = readers
    }

    /// What changed from `base` to `new`.
    ///
    /// For a repo's files the cost is that of the changed paths, of a cross that of the changed paths times the other members.
    /// - Parameter base: The trees of the job whose outputs are built upon; without one, all datums are added.
    /// - Throws: `tooLarge` where in a cross more than `CrossSource.rowCountMax` differ. Whether it has more tells `total`.
    public func changes(from base: InputTrees?, to new: InputTrees) throws(PachError) -> DatumChanges {
        let new = InputSnapshot(trees: new, readers: readers)
        guard let base else {
            var all = try source.rows(in: new)
            var changes = DatumChanges()
            while let row = try all.next() { changes.added.append(Datum(row)) }
            return changes
        }
        return DatumChanges(try source.changes(from: InputSnapshot(trees: base, readers: readers), to: new))
    }

    /// How many datums there are after `changes`, where there were `baseTotal`: known without looking at the unchanged ones.
    /// - Throws: `tooLarge` where a cross has more than `CrossSource.rowCountMax`.
    public func total(after changes: DatumChanges, baseTotal: Int) throws(PachError) -> Int {
        let total = baseTotal + changes.added.count - changes.removed.count
        try type(of: source).check(count: total)
        return total
    }

    /// All datums, in the order of paths, one at a time.
    ///
    /// For a repo's files, memory holds the folders on the way to the present path; for a cross, also the rows of all members
    /// but the first.
    public func datums(in trees: InputTrees) throws(PachError) -> DatumIterator {
        DatumIterator(try source.rows(in: InputSnapshot(trees: trees, readers: readers)))
    }

    private static func source(of input: PipelineInput) throws(PachError) -> any DatumSource {
        switch input {
        case .pfs(let input):
            return try PFSSource(input)
        case .cross(let members):
            var sources: [any DatumSource] = []
            for member in members { sources.append(try source(of: member)) }
            return CrossSource(members: sources)
        }
    }
}

/// Goes through datums, reading trees as it comes to them.
public struct DatumIterator {
    private var rows: any RowIterator

    init(_ rows: any RowIterator) {
        self.rows = rows
    }

    /// The next datum; nil after the last.
    public mutating func next() throws(PachError) -> Datum? {
        try rows.next().map(Datum.init)
    }
}
