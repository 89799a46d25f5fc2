internal import Datums
internal import GRDB
internal import Ledger
internal import Metadata
public import Model
public import Operations
internal import Scheduling
internal import Storage
internal import Threads
internal import Workers

extension Engine {
    public func listJobs(_ query: JobQuery) async throws -> [JobInfo] {
        let jobs = try await jobs(query)
        // Of a set that is there the other conditions may leave none.
        if jobs.isEmpty, let id = query.id, try await ledger.read({ try $0.jobs((nil, id, [], 1)).isEmpty }) {
            throw PachError(.notFound, "job set \(id) not found")
        }
        return jobs
    }

    private func jobs(_ query: JobQuery) async throws -> [JobInfo] {
        let rows = try await ledger.read { database in
            let pipeline = try query.pipeline.map { try database.existingPipeline($0).key }
            return try database.jobs((pipeline, query.id, query.rowStates, query.rowCountMax))
        }
        var infos: [JobInfo] = []
        for row in rows {
            // One may be deleted while others are looked at.
            guard let info = try await info(of: row, detailed: false) else { continue }
            if query.states.isEmpty || query.states.contains(info.state) { infos.append(info) }
            if infos.count == query.number { break }
        }
        return infos
    }

    public func listJobSets(number: Int?) async throws -> [JobSetInfo] {
        let ids = try await ledger.read { try $0.jobSetIDs(limit: number) }
        var sets: [JobSetInfo] = []
        for id in ids { sets.append(JobSetInfo(id: id, jobs: try await jobs(JobQuery(id: id)))) }
        return sets
    }

    public func inspectJob(_ pipeline: PipelineName, _ id: JobID, wait: Bool) async throws -> JobInfo {
        try await ledger.events.wait {
            let row = try await self.ledger.read { try $0.existingJob(pipeline, id) }
            guard !wait || row.finished != nil else { return nil }
            guard let info = try await self.info(of: row, detailed: true) else { throw PachError(.notFound, "job \(row.link) was deleted") }
            return info
        } after: { event in
            if case .jobChanged(let link, let state) = event { link.id == id && state.isTerminal } else { false }
        }
    }

    public func inspectJobSet(_ id: JobID, wait: Bool) async throws -> JobSetInfo {
        try await ledger.events.wait {
            let jobs = try await self.listJobs(JobQuery(id: id))
            return !wait || jobs.allSatisfy(\.state.isTerminal) ? JobSetInfo(id: id, jobs: jobs) : nil
        } after: { event in
            if case .jobChanged(let link, let state) = event { link.id == id && state.isTerminal } else { false }
        }
    }

    public func stopJob(_ pipeline: PipelineName, _ id: JobID) async throws {
        let row = try await ledger.read { try $0.existingJob(pipeline, id) }
        guard row.finished == nil else {
            throw PachError(.conflict, "job \(row.link) has already finished")
        }
        let reason = "stopped by a user"
        await scheduler.stop(pipeline, row.seq, reason: reason)
        // One that ran has ended by now, unless that could not be written down: who asked is told, or it would run again.
        try await ledger.freeing {
            try await ledger.write { transaction in
                guard let job = try transaction.database.job(seq: row.seq), job.finished == nil else { return }
                try transaction.endJob(job, .killed, reason: reason)
            }
        }
        // It may have started before that; one that starts later finds that it has ended.
        await scheduler.stop(pipeline, row.seq, reason: reason)
    }

    public func deleteJob(_ pipeline: PipelineName, _ id: JobID) async throws {
        let row = try await ledger.read { try $0.existingJob(pipeline, id) }
        if row.finished == nil { try await stopJob(pipeline, id) }
        try await ledger.freeing {
            try await ledger.write { transaction in
                if let job = try transaction.database.job(seq: row.seq) { try transaction.database.deleteJob(job) }
            }
        }
        logs.delete(row.link)
    }

    /// What is known of a job: the database's row, with what only the scheduler knows while it runs.
    /// - Returns: nil where the job was deleted since the row was read.
    private func info(of row: JobRow, detailed: Bool) async throws -> JobInfo? {
        var row = row
        if row.finished == nil, let live = await scheduler.progress(of: row.pipeline, row.seq) {
            row.take(live)
            row.state = live.state
        }
        let job = row
        return try await ledger.read { database in
            // It would look like one that lost its commit.
            guard try database.job(seq: job.seq) != nil else { return nil }
            let version = try detailed ? database.pipelineVersion(of: job.pipelineKey, job.version) : nil
            return JobInfo(
                job: job.link, pipelineVersion: job.version, outputCommit: try database.commit(seq: job.output).link,
                counts: job.counts, stats: job.stats, state: job.state, reason: job.reason, created: job.created, started: job.started,
                finished: job.finished,
                details: version.map {
                    JobInfo.Details(transform: $0.spec.transform, input: $0.spec.input, planningSeconds: job.planning)
                })
        }
    }

    // MARK: Datums

    public func listDatums(_ pipeline: PipelineName, _ id: JobID) async throws -> [DatumInfo] {
        let view = try await datumView(pipeline, id)
        return try await blocking { try view.all() }.sorted { $0.datum.id < $1.datum.id }
    }

    public func inspectDatum(_ pipeline: PipelineName, _ id: JobID, datum: Digest) async throws -> DatumInfo {
        let view = try await datumView(pipeline, id)
        guard let info = try await blocking({ try view.one(datum) }) else {
            throw PachError(.notFound, "datum \(datum) not found in job \(pipeline)@\(id)")
        }
        return info
    }

    private func datumView(_ pipeline: PipelineName, _ id: JobID) async throws -> DatumView {
        let row = try await ledger.read { try $0.existingJob(pipeline, id) }
        let live = await scheduler.progress(of: pipeline, row.seq)
        return try await ledger.read { [ledger] database in
            let output = try database.commit(seq: row.output)
            let meta = try database.commit(Commit(repo: output.repo.ofKind(.meta), id: output.id))
            guard let version = try database.pipelineVersion(of: row.pipelineKey, row.version) else {
                throw PachError(
                    .notFound, "the datums of job \(pipeline)@\(id) cannot be told",
                    cause: "the spec by which it ran was gone when the database was made anew")
            }
            var commits: [Branch: CommitRow] = [:]
            for upstream in try database.provenance(of: output) {
                commits[Branch(repo: upstream.commit.repo, name: upstream.branch)] = upstream.commit
            }
            return DatumView(job: row, version: version, inputs: commits, meta: meta?.tree, live: live, ledger: ledger)
        }
    }

    // MARK: Logs

    public func logs(_ query: LogQuery) -> AsyncThrowingStream<LogMessage, any Error> {
        let cursor = LogCursor(query, ledger: ledger, logs: logs)
        return AsyncThrowingStream(unfolding: cursor.next)
    }
}

extension JobQuery {
    /// The states of the rows that may be meant. Which jobs run is known to the scheduler alone, so who asks for those looks at all that have not
    /// ended.
    fileprivate var rowStates: Set<JobState> {
        let live = Set(JobState.allCases.filter { !$0.isTerminal })
        return states.isDisjoint(with: live) ? states : states.union(live)
    }

    /// How many rows are enough; nil where not each of them is meant.
    var rowCountMax: Int? { rowStates == states ? number : nil }
}
