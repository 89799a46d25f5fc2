internal import Datums
internal import GRDB
internal import GitStore
internal import Ledger
internal import Metadata
internal import Model
internal import Storage
internal import Workers

/// How a job ends: its output and its records, written before anything names them, and the one transaction that names them all.
struct JobEnding: Sendable {
    let context: JobContext
    let plan: JobPlan
    let results: [(datum: Datum, result: DatumResult)]
    /// The index of good outputs, as the last checkpoint left it.
    let index: ObjectID?
    let progress: JobProgress.Snapshot
    let readers: DatumPlanner.Readers
    let ledger: Ledger

    /// What is ready to be named.
    struct Prepared: Sendable {
        var context: JobContext
        var progress: JobProgress.Snapshot
        var state: JobState
        /// Why the job failed; empty where it did not.
        var reason: String
        var tree: ObjectID
        var size: Int64
        /// Nil where nothing is remembered of the job.
        var index: ObjectID?
        /// The one that it extends.
        var formerIndex: ObjectID?
        var objects: ObjectBatch.Outcome
        var meta: ObjectID
        var metaSize: Int64
        var metaObjects: ObjectBatch.Outcome
    }

    /// Writes the output tree, the index and the records. Blocks; large parts are synced on return.
    /// - Parameter batch: holds the outputs, and is ended here.
    func prepare(_ batch: ObjectBatch) throws -> Prepared {
        let records = DatumRecord.records(of: results, context, plan.code)
        var failure = datumFailure
        var tree = plan.baseTree
        var size = plan.baseSize
        do {
            let merged = try merge(records, batch)
            tree = merged.root
            size += Int64(merged.delta.bytes)
        } catch let error as PachError where error.code == .conflict {
            failure = failure ?? error.message
        }
        if tree == StorageFormat.emptyRootID { try StorageFormat.writeEmptyRoot(to: batch) }
        // All that may turn out to be damaged is read before a batch ends: what was processed can then still be kept.
        let metaStore = try ledger.store(context.metaRepo.name)
        let metaBatch = try metaStore.makeBatch()
        let meta = try writeRecords(records, metaBatch)
        // Records that were found in the index are added again, so that what is in use is not forgotten.
        let index = context.usesIndex ? try DatumIndex.extended(self.index, by: records + plan.reuse, in: batch) : nil
        return Prepared(
            context: context, progress: progress, state: failure == nil ? .success : .failure, reason: failure ?? "", tree: tree,
            size: size, index: index, formerIndex: self.index, objects: try batch.finish(), meta: meta.root, metaSize: meta.size,
            metaObjects: try metaBatch.finish())
    }

    /// Where the job failed first, what happened there, and at how many datums; nil where it failed at none.
    private var datumFailure: String? {
        let failed = results.lazy.filter { $0.result.state == .failed }
        guard let first = failed.first else { return nil }
        let files = first.datum.inputs.map { "\(Branch(repo: $0.repo, name: $0.branch)):\($0.path)" }.joined(separator: ", ")
        return "\(excerpt(files)): \(first.result.reason) (\(failed.count) of \(plan.total) failed)"
    }

    /// The base's tree, less what vanished or ran anew, plus what was produced.
    private func merge(_ records: [DatumRecord], _ batch: ObjectBatch) throws -> TreeEdit {
        var merge = OutputMerge()
        for record in plan.remove { merge.remove(record.outputs) }
        for record in plan.reuse { merge.add(record.outputs, of: record.id) }
        for record in records where record.state == .success { merge.add(record.outputs, of: record.id) }
        return try merge.apply(to: plan.baseTree, reader: batch, writer: batch)
    }

    /// The records of the datums that this job processed, over those of the base; records of datums that are gone go too.
    private func writeRecords(_ records: [DatumRecord], _ batch: ObjectBatch) throws -> (root: ObjectID, size: Int64) {
        // Not the branch's head: that may have been squashed, and the output has what the base has.
        let base = plan.isFresh ? nil : context.base?.meta
        let editor = TreeEditor()
        let kept = Set(records.map(\.id) + plan.reuse.map(\.id))
        for record in plan.remove where !kept.contains(record.id) {
            try editor.delete(DatumRecord.path(of: record.id), ifAbsent: .isIgnored)
        }
        for record in records + plan.reuse {
            try editor.put(try record.write(to: batch), at: DatumRecord.path(of: record.id))
        }
        let note = JobNote(
            job: context.job.id, code: plan.code, salt: context.version.salt,
            recovered: results.filter { $0.result.state == .recovered }.map(\.datum.id),
            figures: JobNote.Figures(
                version: context.version.number, counts: progress.counts, stats: progress.stats, planning: progress.planning,
                created: context.job.created, started: progress.started))
        try editor.put(try FileIngest.store(note.encoded(), to: batch), at: JobNote.path)
        let edit = try editor.apply(to: base?.tree, reader: batch, writer: batch)
        return (edit.root, (base?.size ?? 0) + Int64(edit.delta.bytes))
    }
}

extension JobEnding.Prepared {
    /// Names everything at once: output, records, index, the job's end.
    func commit(_ transaction: LedgerTransaction) throws {
        let database = transaction.database
        // It may have been deleted, with its pipeline, while it ran.
        guard var job = try database.job(seq: context.job.seq), job.finished == nil else { return }
        let error = reason.isEmpty ? nil : reason
        try transaction.land(objects, in: context.outputRepo)
        try database.setTree(of: context.output, to: tree, size: size)
        if let index {
            _ = try transaction.setIndex(index, extending: formerIndex, in: context.outputRepo)
        } else if !context.usesIndex, try database.ref(RefLayout.datums, in: context.outputRepo) != nil {
            // Nobody reads it again. And whatever makes a user want that every job processes all, no hash told of it when what is remembered was
            // made, of these datums or of others.
            try transaction.setRef(RefLayout.datums, in: context.outputRepo, to: nil)
        }
        let output = try database.commit(seq: context.output.seq)
        _ = try transaction.finish(output, error: error, job: job.link, jobState: state)

        try transaction.land(metaObjects, in: context.metaRepo)
        let metaBranch = Branch(repo: context.metaRepo.name, name: output.branch)
        _ = try transaction.makeCommit(
            job.id, on: metaBranch, origin: .auto, description: "", tree: meta, size: metaSize,
            provenance: try database.provenance(of: output).map { ($0.commit.seq, $0.branch) }, job: job.link, error: error)
        job.take(progress)
        job.state = state
        job.reason = reason
        job.finished = transaction.now
        try database.updateJob(job)
        transaction.tell(.jobChanged(job.link, state))
    }
}
