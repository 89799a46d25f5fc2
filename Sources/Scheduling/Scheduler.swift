internal import GRDB
public import Ledger
internal import Metadata
public import Model
public import Workers

/// Makes happen what the planner decides: starts jobs when their inputs are there, one at a time in each pipeline and a bounded number in all, until
/// told to stop.
///
/// It sleeps until the ledger tells of a change; nothing is polled. Only what the machine could not do is tried again after a pause: that there is
/// room on the disk again is no event, and what fails at each event would fail as often as commits come.
public actor Scheduler {
    /// Jobs that run at the same time, over all pipelines; the others take turns. Each has its log open, a batch of objects and its plan in memory.
    /// Twice as many as there may be workers: some find out what there is to do, or end, while others process.
    public static let runningCountMax = 2 * WorkerPool.workerCountMax

    public nonisolated let workers: WorkerPool
    private let ledger: Ledger
    private let logs: JobLogs
    private let code: CodeIdentity
    private let runningCountMax: Int
    private let sleep: @Sendable (Duration) async throws -> Void
    /// The jobs that run now, by pipeline.
    private var running: [PipelineName: RunningJob] = [:]
    private var turns = JobTurns()
    /// The pipelines of which no job starts now, by how many want that.
    private var held: [PipelineName: Int] = [:]
    /// Those who want to know of each job that ends.
    private var observers: [Int: @Sendable (JobLink) async -> Void] = [:]
    private var observerCount = 0
    /// How many want jobs to be run.
    private var clientCount = 0
    private var isClosed = false
    /// Whether a look at the database is due although one is under way.
    private var isStale = false
    private var isLooking = false
    /// What the machine could not do. Of one whose pause is over the length stays, until a job of the pipeline ends.
    private var faults: [Attempt: Fault] = [:]
    /// Those of the observers who wait for idleness.
    private var idleWaiters: [Int: CheckedContinuation<Void, any Error>] = [:]

    private struct RunningJob {
        let seq: Int64
        let link: JobLink
        let progress: JobProgress
        let task: Task<Void, Never>
    }

    /// What may fail through no fault of a job's.
    private enum Attempt: Hashable {
        /// To find out what there is to do.
        case planning
        /// To run or end a job of the pipeline.
        case jobs(of: PipelineName)
    }

    private struct Fault {
        /// The first pause before what failed is tried again, and the longest.
        static let pauseMin = Duration.seconds(5)
        static let pauseMax = Duration.seconds(300)

        let error: any Error
        let pause: Duration
        var isPausing = true
        /// Waits until the pause is over; nil where that would be in vain.
        let retry: Task<Void, Never>?
    }

    /// - Parameters:
    ///   - runningCountMax: how many jobs may run at the same time.
    ///   - sleep: waits for as long as it is told.
    public init(
        ledger: Ledger, logs: JobLogs, workers: WorkerPool, runningCountMax: Int = Scheduler.runningCountMax,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.ledger = ledger
        self.logs = logs
        self.workers = workers
        self.runningCountMax = runningCountMax
        self.sleep = sleep
        code = CodeIdentity(programs: workers.programs)
    }

    /// Whether no job could start the transform's program on this machine. Blocks.
    public nonisolated func lacksProgram(of transform: Transform) throws -> Bool {
        try code.lacksProgram(of: transform)
    }

    // MARK: Running

    /// Runs jobs as commits land, until the task is cancelled or the scheduler is closed.
    public func watch() async throws {
        let events = ledger.events.listen(bufferLimit: 1) { if case .jobsMayStart = $0 { true } else { false } }
        clientCount += 1
        defer { clientCount -= 1 }
        await look()
        for await _ in events {
            // A stream gives what it holds to who was cancelled, too.
            try Task.checkCancellation()
            await look()
        }
        try Task.checkCancellation()
    }

    /// Runs all jobs that wait, and those that follow from them; returns those that ended, in that order.
    /// - Parameter report: called as each job ends. Where it throws, the other jobs run all the same.
    /// - Throws: where a job could not be brought to an end, as when the disk is full; `stopped` where the scheduler is closed first;
    ///   `CancellationError`, while the jobs go on; what `report` threw first.
    public func runUntilIdle(report: @escaping @Sendable (JobLink) async throws -> Void) async throws -> [JobLink] {
        clientCount += 1
        defer { clientCount -= 1 }
        let ended = EndedJobs()
        observerCount += 1
        let number = observerCount
        observers[number] = { link in
            await ended.append(link)
            do { try await report(link) } catch { await ended.note(error) }
        }
        defer { observers[number] = nil }
        for attempt in faults.keys { forget(attempt) }
        await look()
        while !isIdle { try await waitForIdleness(number) }
        if isClosed { throw PachError.engineStops }
        if let fault = faults[.planning] ?? faults.values.first(where: \.isPausing) { throw fault.error }
        return try await ended.linksIfReported()
    }

    private var mayStart: Bool { clientCount > 0 && !isClosed }

    /// Asks the planner what should run, and does it. Calls that come while one is under way are served by one more look.
    private func look() async {
        guard !isLooking else {
            isStale = true
            return
        }
        isLooking = true
        repeat {
            isStale = false
            guard mayStart, !isPausing(.planning) else { break }
            do {
                let runningNow = running.mapValues(\.seq)
                let queues = try await ledger.read { try $0.jobQueues(running: runningNow) }
                forget(.planning)
                for action in turns.ordered(Planner.actions(for: queues)) {
                    // Of many that are superseded, each is a write.
                    guard mayStart else { break }
                    // Nor may a job overtake an older one of its pipeline that could not be ended a moment ago.
                    if !isPausing(.jobs(of: action.pipeline)) { await carryOut(action) }
                }
            } catch {
                note(error, of: .planning, "plan jobs")
            }
        } while isStale
        isLooking = false
        wakeIdleWaiters()
    }

    private func isPausing(_ attempt: Attempt) -> Bool { faults[attempt]?.isPausing ?? false }

    /// Has what failed tried again after a pause, and not before.
    /// - Parameter deed: what could not be done.
    private func note(_ error: any Error, of attempt: Attempt, _ deed: String) {
        ledger.notices.report("could not \(deed): \(error)")
        let last = faults[attempt]
        last?.retry?.cancel()
        let pause = last.map { min($0.pause * 2, Fault.pauseMax) } ?? Fault.pauseMin
        var retry: Task<Void, Never>?
        // A disk that failed is written no more before the root is opened anew.
        if !isClosed, ledger.diskFailure == nil {
            // Kept in `faults`, and cancelled by `forget`.
            retry = Task { [sleep] in
                do { try await sleep(pause) } catch { return }
                await self.tryAgain(attempt)
            }
        }
        faults[attempt] = Fault(error: error, pause: pause, retry: retry)
    }

    private func tryAgain(_ attempt: Attempt) async {
        guard !Task.isCancelled else { return }
        faults[attempt]?.isPausing = false
        await look()
    }

    private func forget(_ attempt: Attempt) {
        faults.removeValue(forKey: attempt)?.retry?.cancel()
    }

    /// A repo that cannot be written is no concern of other pipelines.
    private func carryOut(_ action: Planner.Action) async {
        switch action {
        case .start(let job):
            start(job)
        case .markUnrunnable(let job, let pipelines):
            await end(
                job, .unrunnable,
                reason: "unrunnable because the following upstream pipelines failed: \(pipelines.joined(separator: ", "))")
        case .supersede(let job, let newer):
            await end(job, .killed, reason: JobReason.superseded(by: newer))
        case .followSuperseded(let job, let pipelines):
            await end(job, .unrunnable, reason: JobReason.superseded(in: pipelines))
        }
    }

    private func end(_ waiting: WaitingJob, _ state: JobState, reason: String) async {
        do {
            try await ledger.write { transaction in
                // It may have been stopped or deleted meanwhile.
                guard let job = try transaction.database.job(seq: waiting.seq), job.finished == nil else { return }
                try transaction.endJob(job, state, reason: reason)
            }
        } catch {
            return note(error, of: .jobs(of: waiting.link.pipeline.name), "end job \(waiting.link)")
        }
        // What waited behind it, or for its output, may be next.
        isStale = true
        await hasEnded(waiting.link)
    }

    private func start(_ job: WaitingJob) {
        let pipeline = job.link.pipeline.name
        // What let the look begin may be over by now.
        guard mayStart, running[pipeline] == nil, held[pipeline] == nil else { return }
        // Each job that ends lets others be looked at.
        guard running.count < runningCountMax else { return turns.wait(pipeline) }
        turns.take(pipeline)
        let progress = JobProgress()
        let runner = JobRunner(seq: job.seq, link: job.link, ledger: ledger, logs: logs, workers: workers, code: code, progress: progress)
        // Kept in `running`, and cancelled by `stop` and `close`.
        let task = Task {
            do {
                try await runner.run()
                await self.finished(pipeline, job.link)
            } catch {
                await self.couldNotFinish(pipeline, job.link, error)
            }
        }
        running[pipeline] = RunningJob(seq: job.seq, link: job.link, progress: progress, task: task)
    }

    private func finished(_ pipeline: PipelineName, _ link: JobLink) async {
        await hasEnded(link)
        // Between this and the look nobody may find the scheduler idle: jobs downstream wait for it.
        running[pipeline] = nil
        forget(.jobs(of: pipeline))
        await look()
    }

    private func couldNotFinish(_ pipeline: PipelineName, _ link: JobLink, _ error: any Error) async {
        running[pipeline] = nil
        note(error, of: .jobs(of: pipeline), "end job \(link)")
        await look()
    }

    private func hasEnded(_ link: JobLink) async {
        for observer in observers.values { await observer(link) }
    }

    /// A job that is held back may start yet.
    private var isIdle: Bool { running.isEmpty && held.isEmpty && !isLooking }

    private func waitForIdleness(_ number: Int) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (waiter: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    waiter.resume(throwing: CancellationError())
                } else {
                    idleWaiters[number] = waiter
                }
            }
        } onCancel: {
            Task { await self.giveUp(number) }
        }
    }

    private func giveUp(_ number: Int) {
        idleWaiters.removeValue(forKey: number)?.resume(throwing: CancellationError())
    }

    private func wakeIdleWaiters() {
        guard isIdle else { return }
        for waiter in idleWaiters.values { waiter.resume() }
        idleWaiters = [:]
    }

    // MARK: Looking in, and stopping

    public var runningCount: Int { running.count }

    /// How far each job is that runs, by its seq.
    public var runningStates: [Int64: JobState] {
        Dictionary(uniqueKeysWithValues: running.values.map { ($0.seq, $0.progress.jobState) })
    }

    /// What is known of a job that runs, beyond what the database has.
    public func progress(of pipeline: PipelineName, _ seq: Int64) -> JobProgress.Snapshot? {
        guard let job = running[pipeline], job.seq == seq else { return nil }
        return job.progress.snapshot
    }

    /// Stops a job if it runs, and returns once it does not. Its end is written down then, where that was possible.
    public func stop(_ pipeline: PipelineName, _ seq: Int64, reason: String) async {
        // The next one may do what this one could not.
        forget(.jobs(of: pipeline))
        guard let job = running[pipeline], job.seq == seq else { return }
        job.progress.stop(reason: reason)
        job.task.cancel()
        await job.task.value
    }

    /// Stops the pipeline's running job, if there is one, and runs `body` before another one may start: a job that waits would start as
    /// soon as the one before it has ended, with what `body` is about to replace.
    public func withoutJobs<Value: Sendable>(
        of pipeline: PipelineName, reason: String, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        try await holding(pipeline) {
            if let job = running[pipeline] { await stop(pipeline, job.seq, reason: reason) }
            return try await body()
        }
    }

    /// Runs `body`, which ends the pipeline's jobs, and then stops the one that runs; none starts meanwhile. Where `body` throws, the job goes on.
    /// - Parameter body: gets how far the running job is, by its seq.
    public func endingJobs<Value: Sendable>(
        of pipeline: PipelineName, reason: String, _ body: @Sendable ([Int64: JobProgress.Snapshot]) async throws -> Value
    ) async throws -> Value {
        try await holding(pipeline) {
            let value = try await body(running[pipeline].map { [$0.seq: $0.progress.snapshot] } ?? [:])
            if let job = running[pipeline] { await stop(pipeline, job.seq, reason: reason) }
            return value
        }
    }

    /// Runs `body` while no job of the pipeline starts.
    private func holding<Value: Sendable>(_ pipeline: PipelineName, _ body: () async throws -> Value) async throws -> Value {
        held[pipeline, default: 0] += 1
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        held[pipeline] = held[pipeline].flatMap { $0 > 1 ? $0 - 1 : nil }
        // It may be what mends the fault.
        forget(.jobs(of: pipeline))
        // What was told to start meanwhile did not.
        await look()
        return try result.get()
    }

    /// Ends all user code. Jobs that were running stay unfinished, and begin anew when the data root is opened next.
    public func close() async {
        isClosed = true
        for attempt in faults.keys { forget(attempt) }
        for job in running.values {
            job.progress.abandon()
            job.task.cancel()
        }
        for job in running.values { await job.task.value }
        await workers.close()
    }
}

/// The jobs that ended while somebody ran all that waited.
private actor EndedJobs {
    private var links: [JobLink] = []
    /// Why one of them could not be reported, which was the first.
    private var failure: (any Error)?

    func append(_ link: JobLink) {
        links.append(link)
    }

    func note(_ error: any Error) {
        failure = failure ?? error
    }

    /// - Throws: why a job was not reported.
    func linksIfReported() throws -> [JobLink] {
        if let failure { throw failure }
        return links
    }
}
