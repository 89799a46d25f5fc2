public import Datums
internal import Ledger
internal import Metadata
public import Model
public import Storage

/// What a job has to do.
struct JobPlan: Sendable {
    /// Datums to process.
    var process: [Datum] = []
    /// Records of datums that were processed well in some earlier job, with the same hash, and that the base does not have.
    var reuse: [DatumRecord] = []
    /// Outputs of the base that have to go: of datums that vanished, changed, or run anew.
    var remove: [DatumRecord] = []
    /// The output tree to begin with.
    var baseTree: ObjectID
    var baseSize: Int64
    /// Whether the output and the records begin empty, because no job before can be built on.
    var isFresh = false
    var total: Int
    /// The identity of the code that runs.
    var code: String
    /// Datums that need not run.
    var skipped: Int { total - process.count }
}

/// Finds out what a job has to do, at the cost of what changed since the last good job. Blocks.
struct JobPlanner {
    let context: JobContext
    let readers: DatumPlanner.Readers
    let code: String
    let index: DatumIndex

    init(context: JobContext, readers: @escaping DatumPlanner.Readers, code: String) throws {
        self.context = context
        self.readers = readers
        self.code = code
        let output = try readers(context.output.repo)
        index = DatumIndex(root: try context.index.map { try output.treeOfCommit($0) })
    }

    func plan() throws -> JobPlan {
        let planner = try DatumPlanner(context.spec.input, readers: readers)
        let output = try readers(context.output.repo)
        if let base = context.base, let note = try usableNote(of: base) {
            let changes = try planner.changes(from: base.inputs, to: context.inputs)
            var plan = JobPlan(
                baseTree: base.output.tree, baseSize: base.output.size, total: changes.total(baseTotal: base.job.counts.total), code: code)
            try add(changes, to: &plan, base: base, output)
            try retry(note.recovered, changes, &plan, base)
            return plan
        }
        // Nothing to build on: every datum counts as new, and the output tree begins empty.
        let all = try planner.changes(from: nil, to: context.inputs).added
        var plan = JobPlan(baseTree: StorageFormat.emptyRootID, baseSize: 0, isFresh: true, total: all.count, code: code)
        for datum in all { try add(datum, to: &plan, output) }
        return plan
    }

    /// The note of the base job, where its outputs can be built on.
    private func usableNote(of base: BaseJob) throws -> JobNote? {
        guard context.spec.reprocess == .untilSuccess, base.version.spec.input == context.spec.input, base.knowsInputs else { return nil }
        let note = try JobNote.read(from: base.meta, readers(context.output.repo.ofKind(.meta)))
        return note?.code == code && note?.salt == context.version.salt ? note : nil
    }

    private func add(_ changes: DatumChanges, to plan: inout JobPlan, base: BaseJob, _ output: any ObjectReader) throws {
        for datum in changes.removed { try remove(datum.id, from: base, &plan) }
        for change in changes.changed {
            try remove(change.old.id, from: base, &plan)
            try add(change.new, to: &plan, output)
        }
        for datum in changes.added { try add(datum, to: &plan, output) }
    }

    private func add(_ datum: Datum, to plan: inout JobPlan, _ output: any ObjectReader) throws {
        // What depends on the job before, too, is good for the job directly after alone.
        if context.spec.reprocess == .untilSuccess, !context.spec.previous,
            let known = try index.record(of: datum.hash(salt: context.version.salt, code: code), reader: output)
        {
            plan.reuse.append(known)
        } else {
            plan.process.append(datum)
        }
    }

    /// Recovered datums have no output; they are tried again.
    private func retry(_ recovered: [Digest], _ changes: DatumChanges, _ plan: inout JobPlan, _ base: BaseJob) throws {
        guard !recovered.isEmpty else { return }
        let touched = Set(changes.removed.map(\.id) + changes.changed.map(\.new.id))
        for id in recovered where !touched.contains(id) {
            if let record = try record(of: id, in: base) { plan.process.append(record.datum) }
        }
    }

    private func remove(_ id: Digest, from base: BaseJob, _ plan: inout JobPlan) throws {
        if let record = try record(of: id, in: base) { plan.remove.append(record) }
    }

    private func record(of id: Digest, in base: BaseJob) throws -> DatumRecord? {
        try DatumRecord.read(id, from: base.meta, readers(context.output.repo.ofKind(.meta)))
    }
}

extension ObjectReader {
    /// The tree of a Git commit.
    func treeOfCommit(_ id: ObjectID) throws(PachError) -> ObjectID {
        let commit = try read(id)
        guard commit.kind == .commit, commit.bytes.starts(with: "tree ".utf8),
            let tree = ObjectID(hex: String(decoding: commit.bytes.dropFirst(5).prefix(40), as: UTF8.self))
        else { throw PachError(.corrupt, "object \(id) is not a Git commit") }
        return tree
    }
}

extension DatumRecord {
    /// The record of a datum in a tree of records; nil where there is none.
    public static func read(_ id: Digest, from meta: ObjectID, _ objects: any ObjectReader) throws(PachError) -> DatumRecord? {
        guard let node = try TreeReader(objects).node(at: path(of: id), in: meta) else { return nil }
        return try DatumRecord(reading: node, from: objects)
    }
}
