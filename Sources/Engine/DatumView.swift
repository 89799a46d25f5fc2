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
        try forEach { infos.append(try info(of: $0)) }
        return infos
    }

    func one(_ id: Digest) throws -> DatumInfo? {
        var found: DatumInfo?
        try forEach { datum in
            if datum.id == id { found = try info(of: datum) }
        }
        return found
    }

    private func forEach(_ body: (Datum) throws -> Void) throws {
        let ledger = ledger
        let planner = try DatumPlanner(version.spec.input) { repo throws(PachError) in try ledger.store(repo).objects }
        var datums = try planner.datums(in: inputs.mapValues(\.tree))
        while let datum = try datums.next() { try body(datum) }
    }

    private func info(of datum: Datum) throws -> DatumInfo {
        let record = try meta.flatMap { meta in
            try DatumRecord.read(datum.id, from: meta, ledger.store(job.pipeline.repo(.meta)).objects)
        }
        let wasProcessedHere = record?.job == job.id && record?.tries ?? 0 > 0
        let state = live?.datums[datum.id] ?? record.map { wasProcessedHere ? $0.state : .skipped } ?? .starting
        return DatumInfo(
            datum: DatumInfo.Link(job: job.link, id: datum.id), state: state,
            hash: record?.hash ?? datum.hash(salt: version.salt, code: ""),
            stats: record?.stats ?? ProcessStatistics(), data: try datum.inputs.map(fileInfo), tries: record?.tries ?? 0,
            reason: record.map { wasProcessedHere ? $0.reason : skipReason($0) } ?? "", processedBy: record?.job)
    }

    private func skipReason(_ record: DatumRecord) -> String {
        record.job == job.id ? record.reason : "unchanged since job \(record.job) processed it"
    }

    private func fileInfo(_ input: DatumInput) throws -> FileInfo {
        let branch = Branch(repo: input.repo, name: input.branch)
        guard let commit = inputs[branch] else { preconditionFailure("a datum's input is in one of the job's commits") }
        let size = try TreeReader(ledger.store(input.repo).objects).totals(of: input.node).bytes
        return FileInfo(
            file: FileInfo.Link(commit: commit.link, path: input.path), fileType: input.kind.isFile ? .file : .folder,
            committed: commit.finished, sizeBytes: Int64(size), hash: input.content)
    }
}
