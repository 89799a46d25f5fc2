internal import Datums
internal import Ledger
internal import Metadata
internal import Model
internal import Scheduling
internal import Storage

/// The datums of one job, as users see them. Blocks.
struct DatumView: Sendable {
    let job: JobRow
    let version: PipelineVersionRow
    let inputs: [Branch: CommitRow]
    /// The job's tree of records; nil before it has ended.
    let meta: ObjectID?
    /// What is known of the job while it runs.
    let live: JobProgress.Snapshot?
    let ledger: Ledger

    func all() throws -> [DatumInfo] {
        var infos: [DatumInfo] = []
        var datums = try datums()
        while let datum = try datums.next() { infos.append(try info(of: datum, record(of: datum.id))) }
        return infos
    }

    /// - Returns: nil where the job has no such datum.
    func one(_ id: Digest) throws -> DatumInfo? {
        // A record has its datum's inputs, which spares a look at all others.
        if let record = try record(of: id) { return try info(of: record.datum, record) }
        var datums = try datums()
        while let datum = try datums.next() {
            if datum.id == id { return try info(of: datum, nil) }
        }
        return nil
    }

    private func datums() throws -> DatumIterator {
        let ledger = ledger
        let planner = try DatumPlanner(version.spec.input) { repo throws(PachError) in try ledger.store(repo).objects }
        return try planner.datums(in: inputs.mapValues(\.tree))
    }

    private func record(of id: Digest) throws -> DatumRecord? {
        try meta.flatMap { try DatumRecord.read(id, from: $0, ledger.store(job.pipeline.repo(.meta)).objects) }
    }

    private func info(of datum: Datum, _ record: DatumRecord?) throws -> DatumInfo {
        DatumInfo(
            datum: DatumInfo.Link(job: job.link, id: datum.id), state: state(of: datum, record), hash: record?.hash,
            stats: record?.stats ?? live?.datums[datum.id]?.stats ?? ProcessStatistics(), data: try datum.inputs.map(fileInfo),
            tries: record?.tries ?? 0,
            reason: record.map { wasProcessedHere($0) ? $0.reason : skipReason($0) } ?? "", processedBy: record?.job)
    }

    private func state(of datum: Datum, _ record: DatumRecord?) -> DatumState {
        if let ended = live?.datums[datum.id] { return ended.state }
        if let record { return wasProcessedHere(record) ? record.state : .skipped }
        if job.finished != nil { return .unknown }
        guard let planned = live?.planned else { return .starting }
        return planned.contains(datum.id) ? .starting : .skipped
    }

    private func wasProcessedHere(_ record: DatumRecord) -> Bool { record.job == job.id && record.tries > 0 }

    private func skipReason(_ record: DatumRecord) -> String {
        record.job == job.id ? record.reason : "unchanged since job \(record.job) processed it"
    }

    private func fileInfo(_ input: DatumInput) throws -> FileInfo {
        let branch = Branch(repo: input.repo, name: input.branch)
        guard let commit = inputs[branch] else {
            throw PachError(.notFound, "the commit of \(branch) that job \(job.link) read is gone", hint: "Its repo was deleted since.")
        }
        let size = try TreeReader(ledger.store(input.repo).objects).totals(of: input.node).bytes
        return FileInfo(
            file: FileInfo.Link(commit: commit.link, path: input.path), fileType: input.kind.isFile ? .file : .folder,
            committed: commit.finished, sizeBytes: Int64(size), hash: input.content)
    }
}
