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
    /// Why the base was not built on, or something in the index not used, where damage is the reason.
    var damage: PachError?
    /// Datums that need not run.
    var skipped: Int { total - process.count }
}

/// Finds out what a job has to do, at the cost of what changed since the last good job. Blocks.
struct JobPlanner {
    let context: JobContext
    let readers: DatumPlanner.Readers
    let code: String

    /// What the base and the index tell spares work and is in no way needed: where it is damaged, the plan does without.
    func plan() throws -> JobPlan {
        let planner = try DatumPlanner(context.spec.input, readers: readers)
        var damage: PachError?
        do {
            if let plan = try planOnBase(planner) { return plan }
        } catch let error as PachError where error.saysLost {
            damage = error
        }
        // Nothing to build on: every datum counts as new, and the output tree begins empty.
        let all = try planner.changes(from: nil, to: context.inputs).added
        var plan = JobPlan(baseTree: StorageFormat.emptyRootID, baseSize: 0, isFresh: true, total: all.count, code: code, damage: damage)
        try add(all, to: &plan)
        return plan
    }

    private func planOnBase(_ planner: DatumPlanner) throws -> JobPlan? {
        guard context.trustsBase, let base = context.base, let note = try usableNote(of: base) else { return nil }
        let changes = try planner.changes(from: base.inputs, to: context.inputs)
        var plan = JobPlan(
            baseTree: base.output.tree, baseSize: base.output.size,
            total: try planner.total(after: changes, baseTotal: base.job.counts.total), code: code)
        for datum in changes.removed { try remove(datum.id, from: base, &plan) }
        for change in changes.changed { try remove(change.old.id, from: base, &plan) }
        try add(changes.changed.map(\.new) + changes.added, to: &plan)
        try retry(note.recovered, changes, &plan, base)
        return plan
    }

    /// The note of the base job, where its outputs can be built on.
    private func usableNote(of base: BaseJob) throws -> JobNote? {
        let spec = base.version.spec
        guard context.spec.reprocess == .untilSuccess, spec.input == context.spec.input, spec.previous == context.spec.previous,
            base.knowsInputs, let note = try JobNote.read(from: base.meta.tree, readers(context.output.repo.ofKind(.meta))),
            note.code == code, note.salt.utf8.elementsEqual(context.version.salt.utf8)
        else { return nil }
        return note
    }

    private func add(_ datums: [Datum], to plan: inout JobPlan) throws {
        guard context.usesIndex, let commit = context.index else {
            plan.process += datums
            return
        }
        let output = try readers(context.output.repo)
        var index = DatumIndex(root: nil)
        do throws(PachError) {
            index = DatumIndex(root: try output.treeOfCommit(commit))
        } catch {
            guard error.saysLost else { throw error }
            plan.damage = error
        }
        for datum in datums {
            if let known = try record(of: datum, in: index, output, &plan) {
                plan.reuse.append(known)
            } else {
                plan.process.append(datum)
            }
        }
    }

    private func record(
        of datum: Datum, in index: DatumIndex, _ output: any ObjectReader, _ plan: inout JobPlan
    ) throws(PachError) -> DatumRecord? {
        do throws(PachError) {
            return try index.record(of: datum.hash(salt: context.version.salt, code: code), reader: output)
        } catch {
            guard error.saysLost else { throw error }
            plan.damage = error
            return nil
        }
    }

    /// Recovered datums have no output; they are tried again.
    private func retry(_ recovered: [Digest], _ changes: DatumChanges, _ plan: inout JobPlan, _ base: BaseJob) throws {
        guard !recovered.isEmpty else { return }
        let touched = Set(changes.removed.map(\.id) + changes.changed.map(\.new.id))
        for id in recovered where !touched.contains(id) {
            plan.process.append(try record(of: id, in: base).datum)
        }
    }

    private func remove(_ id: Digest, from base: BaseJob, _ plan: inout JobPlan) throws {
        plan.remove.append(try record(of: id, in: base))
    }

    /// - Throws: `corrupt` where there is none: what the datum wrote would stay in the output for ever.
    private func record(of id: Digest, in base: BaseJob) throws -> DatumRecord {
        guard let record = try DatumRecord.read(id, from: base.meta.tree, readers(context.output.repo.ofKind(.meta))) else {
            throw PachError(.corrupt, "commit \(base.meta.link) has no record of datum \(id)")
        }
        return record
    }
}

extension PachError {
    /// Whether it says that something which was stored cannot be read any more.
    var saysLost: Bool { code == .corrupt || code == .notFound }
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
