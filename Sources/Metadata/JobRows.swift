internal import Foundation
public import GRDB
public import Model

/// A job as the database has it.
public struct JobRow: Sendable {
    /// Grows with time over all pipelines: jobs of a pipeline run in this order.
    public let seq: Int64
    public let pipelineKey: Int64
    public let pipeline: PipelineName
    public let id: JobID
    public let version: Int
    /// The `seq` of its output commit.
    public let output: Int64
    public var state: JobState
    public var reason: String
    public var counts: DatumCounts
    public var stats: ProcessStatistics
    /// Seconds until the datums to process were known.
    public var planning: Double?
    public let created: Timestamp
    public var started: Timestamp?
    public var finished: Timestamp?

    public var link: JobLink { JobLink(pipeline: pipeline, id: id) }

    fileprivate init(_ row: Row) throws {
        seq = try row.value("seq")
        pipelineKey = try row.value("pipeline")
        pipeline = try PipelineName(row.value("pipeline_name") as String)
        id = try JobID(parsing: row.value("id"))
        version = try row.value("version")
        output = try row.value("output")
        guard let state = try JobState(rawValue: row.value("state")) else {
            throw PachError(.corrupt, "job \(pipeline)@\(id) has an unknown state in the database")
        }
        self.state = state
        reason = try row.value("reason")
        counts = DatumCounts()
        counts.total = try Int(amount(row.value("total")))
        counts.processed = try Int(amount(row.value("processed")))
        counts.skipped = try Int(amount(row.value("skipped")))
        counts.failed = try Int(amount(row.value("failed")))
        counts.recovered = try Int(amount(row.value("recovered")))
        stats = try JSONDecoder().decode(ProcessStatistics.self, from: Data((row.value("stats") as String).utf8))
        planning = try row.value("planning")
        created = try timestamp(row.value("created"))
        started = try (row.value("started") as Int64?).map(timestamp)
        finished = try (row.value("finished") as Int64?).map(timestamp)
    }
}

private let jobColumns = "SELECT j.*, p.name AS pipeline_name FROM job j JOIN pipeline p ON p.key = j.pipeline"

extension Database {
    public func job(seq: Int64) throws -> JobRow? {
        try cachedStatement(sql: "\(jobColumns) WHERE j.seq = ?").first([seq], as: JobRow.init)
    }

    /// - Throws: `notFound`.
    public func existingJob(_ pipeline: PipelineName, _ id: JobID) throws -> JobRow {
        _ = try existingPipeline(pipeline)
        let statement = try cachedStatement(sql: "\(jobColumns) WHERE p.name = ? AND j.id = ?")
        guard let job = try statement.first([pipeline.description, id.description], as: JobRow.init) else {
            throw PachError(.notFound, "job \(pipeline)@\(id) not found", hint: "'pach list job -p \(pipeline)' shows the jobs there are.")
        }
        return job
    }

    /// The job that makes the commit.
    public func job(output commit: Int64) throws -> JobRow? {
        try cachedStatement(sql: "\(jobColumns) WHERE j.output = ?").first([commit], as: JobRow.init)
    }

    /// Newest first.
    public func jobs(_ query: (pipeline: Int64?, id: JobID?, states: Set<JobState>, limit: Int?)) throws -> [JobRow] {
        // Conditions that are not asked for would keep SQLite from the indexes.
        var conditions: [String] = []
        if query.pipeline != nil { conditions.append("j.pipeline = :pipeline") }
        if query.id != nil { conditions.append("j.id = :id") }
        if !query.states.isEmpty {
            conditions.append("j.state IN (\(query.states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ",")))")
        }
        let condition = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        var arguments: [String: (any DatabaseValueConvertible)?] = ["limit": query.limit ?? -1]
        if let pipeline = query.pipeline { arguments["pipeline"] = pipeline }
        if let id = query.id { arguments["id"] = id.description }
        return try Row.fetchAll(
            self, sql: "\(jobColumns) \(condition) ORDER BY j.seq DESC LIMIT :limit", arguments: StatementArguments(arguments)
        ).map(JobRow.init)
    }

    /// Ids of job sets, newest first.
    public func jobSetIDs(limit: Int?) throws -> [JobID] {
        try firstDistinct("SELECT id FROM job ORDER BY seq DESC", limit: limit).map { try JobID(parsing: $0) }
    }

    /// Jobs that have not ended, oldest first.
    public func unfinishedJobs(of pipeline: Int64? = nil) throws -> [JobRow] {
        try Row.fetchAll(
            self, sql: "\(jobColumns) WHERE j.finished IS NULL AND (?1 IS NULL OR j.pipeline = ?1) ORDER BY j.seq", arguments: [pipeline]
        ).map(JobRow.init)
    }

    /// Jobs that have not ended and read a commit of the repo, oldest first; not those whose own output is in it.
    public func unfinishedJobs(reading repo: RepoRow) throws -> [JobRow] {
        let sql = """
            \(jobColumns) JOIN commits o ON o.seq = j.output
            WHERE j.finished IS NULL AND o.repo <> ?1 AND EXISTS (
                SELECT 1 FROM commit_provenance c JOIN commits u ON u.seq = c.upstream WHERE c.commit_seq = j.output AND u.repo = ?1)
            ORDER BY j.seq
            """
        return try Row.fetchAll(self, sql: sql, arguments: [repo.key]).map(JobRow.init)
    }

    /// Of each pipeline with jobs that have not ended those that may be next: the oldest, or all where only the latest is wanted.
    public func firstUnfinishedJobs() throws -> [(pipeline: PipelineRow, jobs: [JobRow])] {
        try pipelinesWithUnfinishedJobs().map { pipeline in
            let limit = pipeline.version.spec.jobs == .latest ? -1 : 2
            let jobs = try Row.fetchAll(
                self, sql: "\(jobColumns) WHERE j.finished IS NULL AND j.pipeline = ? ORDER BY j.seq LIMIT ?",
                arguments: [pipeline.key, limit]
            ).map(JobRow.init)
            return (pipeline, jobs)
        }
    }

    public func hasUnfinishedJobs() throws -> Bool {
        try cachedStatement(sql: "SELECT 1 FROM job WHERE finished IS NULL LIMIT 1").hasRow([])
    }

    public func countUnfinishedJobs() throws -> Int {
        try Int.fetchOne(cachedStatement(sql: "SELECT count(*) FROM job WHERE finished IS NULL")) ?? 0
    }

    /// The oldest job of the pipeline after `seq`.
    public func firstJob(of pipeline: Int64, after seq: Int64) throws -> JobRow? {
        try cachedStatement(sql: "\(jobColumns) WHERE j.pipeline = ? AND j.seq > ? ORDER BY j.seq LIMIT 1")
            .first([pipeline, seq], as: JobRow.init)
    }

    /// The newest job of the pipeline before `seq`.
    public func lastJob(of pipeline: Int64, before seq: Int64) throws -> JobRow? {
        try cachedStatement(sql: "\(jobColumns) WHERE j.pipeline = ? AND j.seq < ? ORDER BY j.seq DESC LIMIT 1")
            .first([pipeline, seq], as: JobRow.init)
    }

    public func insertJob(pipeline: PipelineRow, id: JobID, output: Int64, created: Timestamp) throws -> JobRow {
        try execute(
            sql: """
                INSERT INTO job (pipeline, id, version, output, state, reason, restart, total, processed, skipped, failed, recovered,
                    stats, created)
                VALUES (?, ?, ?, ?, ?, '', 0, 0, 0, 0, 0, 0, ?, ?)
                """,
            arguments: [
                pipeline.key, id.description, pipeline.version.number, output, JobState.created.rawValue, try encoded(ProcessStatistics()),
                created.microseconds,
            ])
        guard let job = try job(seq: lastInsertedRowID) else { preconditionFailure("a row just inserted is there") }
        return job
    }

    /// Says which version of its pipeline the job ran.
    public func setVersion(of job: JobRow, to version: Int) throws {
        try execute(sql: "UPDATE job SET version = ? WHERE seq = ?", arguments: [version, job.seq])
    }

    public func updateJob(_ job: JobRow) throws {
        try execute(
            sql: """
                UPDATE job SET state = ?, reason = ?, total = ?, processed = ?, skipped = ?, failed = ?, recovered = ?, stats = ?,
                    planning = ?, started = ?, finished = ?
                WHERE seq = ?
                """,
            arguments: [
                job.state.rawValue, job.reason, job.counts.total, job.counts.processed, job.counts.skipped, job.counts.failed,
                job.counts.recovered, try encoded(job.stats), job.planning, job.started?.microseconds, job.finished?.microseconds, job.seq,
            ])
    }

    public func deleteJob(_ job: JobRow) throws {
        try execute(sql: "DELETE FROM job WHERE seq = ?", arguments: [job.seq])
    }
}

private func encoded(_ stats: ProcessStatistics) throws -> String {
    String(decoding: try JSONEncoder().encode(stats), as: UTF8.self)
}
