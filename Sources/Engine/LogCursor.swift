internal import Ledger
internal import Metadata
internal import Model
internal import Operations
internal import Workers

/// The lines that a query for logs asks for, found as they are asked for: whatever the history, no more is held than a piece of one log and the
/// events of a listener. For one task at a time.
actor LogCursor {
    private let query: LogQuery
    private let filter: LogQueryFilter
    private let ledger: Ledger
    private let logs: JobLogs

    /// The logs that were there at the beginning, oldest first, by the numbers of their jobs.
    private struct Past {
        /// The job whose log was read last.
        var previous: Int64 = 0
        var last: Int64 = 0
        /// Where to begin in the next log.
        var offset = 0
    }

    private var hasBegun = false
    private var past = Past()
    /// Told of jobs that are made; nil where nobody waits for them.
    private var events: AsyncStream<LedgerEvent>?
    /// How many lines are still wanted; nil: all.
    private var rest: Int?
    private var reader: LogReader?

    init(_ query: LogQuery, ledger: Ledger, logs: JobLogs) {
        self.query = query
        self.ledger = ledger
        self.logs = logs
        filter = LogQueryFilter(datum: query.datum, master: query.master, since: query.since)
    }

    /// The next line; nil at the end, and where the task is cancelled.
    func next() async throws -> LogMessage? {
        if !hasBegun { try await begin() }
        repeat {
            if rest != 0, let message = try await reader?.next() {
                rest = rest.map { $0 - 1 }
                return message
            }
            reader = try await nextReader()
        } while reader != nil
        return nil
    }

    private func begin() async throws {
        hasBegun = true
        if let job = query.job {
            let row = try await ledger.read { [query] in try $0.existingJob(query.pipeline, job) }
            past = Past(previous: row.seq - 1, last: row.seq)
        } else {
            // Before the first look, so that no job falls between.
            if query.follow { events = events(of: query.pipeline) }
            past = try await ledger.read { [query] database in
                let pipeline = try database.existingPipeline(query.pipeline).key
                return Past(last: try database.lastJob(of: pipeline, before: .max)?.seq ?? 0)
            }
        }
        if let count = query.tail { try await skip(toLast: count) }
    }

    /// Looks for the first line that is wanted backwards, no further than it has to.
    private func skip(toLast count: Int) async throws {
        let first = past.previous
        var found = 0
        past.previous = past.last
        repeat {
            let job = try await ledger.read { [query, past] database in
                try database.lastJob(of: database.existingPipeline(query.pipeline).key, before: past.previous + 1)
            }
            guard let job, job.seq > first, !Task.isCancelled else { break }
            let tail = try await logs.tail(job.link, filter, countMax: count - found)
            found += tail.count
            past.previous = job.seq - 1
            past.offset = tail.offset
        } while found < count
        // What comes is wanted too where somebody waits for it.
        rest = query.follow ? nil : found
    }

    /// - Returns: nil where no log follows.
    private func nextReader() async throws -> LogReader? {
        repeat {
            guard !Task.isCancelled else { return nil }
            guard rest != 0, let job = try await nextJob() else { continue }
            let offset = past.offset
            past.previous = job.seq
            past.offset = 0
            return try await reader(of: job, from: offset)
        } while await isWoken()
        return nil
    }

    /// The next job whose log is wanted.
    /// - Throws: `notFound` where the pipeline was deleted. Another may have its key by then.
    private func nextJob() async throws -> JobRow? {
        let job = try await ledger.read { [query, past] database in
            try database.firstJob(of: database.existingPipeline(query.pipeline).key, after: past.previous)
        }
        return job.flatMap { events != nil || $0.seq <= past.last ? $0 : nil }
    }

    /// Waits until there may be another job. What happened is looked up, since whoever falls behind does not hear of all.
    /// - Returns: false where nobody waits for one.
    private func isWoken() async -> Bool {
        guard let events else { return false }
        for await event in events {
            switch event {
            case .jobChanged(_, .created), .pipelinesChanged, .missed: return true
            default: continue
            }
        }
        return false
    }

    private func reader(of job: JobRow, from offset: Int) async throws -> LogReader {
        if query.follow, job.finished == nil { try await awaitStart(of: job) }
        return logs.read(job.link, filter, from: offset, follow: query.follow)
    }

    /// Returns once the job writes a log, or has ended.
    private func awaitStart(of job: JobRow) async throws {
        let events = events(of: job.pipeline)
        if try await hasStarted(job) { return }
        for await event in events {
            if case .jobChanged(let link, _) = event, link != job.link { continue }
            if try await hasStarted(job) { return }
        }
    }

    private func hasStarted(_ job: JobRow) async throws -> Bool {
        if logs.isOpen(job.link) { return true }
        // Where it is gone there is nothing to wait for.
        return try await ledger.read { try $0.job(seq: job.seq).map { $0.finished != nil } ?? true }
    }

    private func events(of pipeline: PipelineName) -> AsyncStream<LedgerEvent> {
        ledger.events.listen { event in
            switch event {
            case .jobChanged(let link, _): link.pipeline.name == pipeline
            case .pipelinesChanged: true
            default: false
            }
        }
    }
}
