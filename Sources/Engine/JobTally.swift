internal import Ledger
internal import Metadata
internal import Model
internal import Operations
internal import Synchronization

/// Counts jobs as they end, so that who asks for the numbers causes no look at all jobs there ever were.
final class JobTally: Sendable {
    private let figures = Mutex(JobFigures())
    private let ledger: Ledger

    /// So many ends of jobs may wait to be counted. Counting one takes a look at one row.
    private static let backlogMax = 1 << 16

    init(_ ledger: Ledger) {
        self.ledger = ledger
    }

    /// Of the pipelines that are there. What waits or runs is not told by events.
    func current() async throws -> JobFigures {
        let pipelines = Set(try await ledger.read { try $0.pipelineNames() })
        return figures.withLock { figures in
            figures.ended = figures.ended.filter { pipelines.contains($0.key) }
            figures.lastSuccess = figures.lastSuccess.filter { pipelines.contains($0.key) }
            return figures
        }
    }

    /// The ends of jobs from now on.
    func ends() -> AsyncStream<LedgerEvent> {
        ledger.events.listen(bufferLimit: Self.backlogMax) { event in
            if case .jobChanged(_, let state) = event { state.isTerminal } else { false }
        }
    }

    /// Counts until the task is cancelled or the ledger closes.
    /// - Parameter report: told of each job, as it ended.
    func count(_ events: AsyncStream<LedgerEvent>, report: @Sendable (JobLink, JobState, _ reason: String) -> Void) async throws {
        await lookAtPast()
        for await event in events {
            try Task.checkCancellation()
            guard case .jobChanged(let link, let state) = event else { continue }
            figures.withLock { figures in
                figures.ended[link.pipeline.name, default: [:]][state, default: 0] += 1
                if state == .success { figures.lastSuccess[link.pipeline.name] = .now }
            }
            report(link, state, await reason(of: link))
        }
    }

    private func lookAtPast() async {
        do {
            let past = try await ledger.read { database in
                try database.pipelines().map {
                    ($0.name, try database.jobs((pipeline: $0.key, id: nil, states: [.success], limit: 1)).first)
                }
            }
            figures.withLock { figures in
                for (pipeline, job) in past { figures.lastSuccess[pipeline] = job?.finished }
            }
        } catch {
            // The next good job tells again; that the database cannot be read, others report.
        }
    }

    /// Empty where there is none to be had.
    private func reason(of link: JobLink) async -> String {
        do {
            return try await ledger.read { try $0.existingJob(link.pipeline.name, link.id) }.reason
        } catch {
            // It may have been deleted as it ended.
            return ""
        }
    }
}
