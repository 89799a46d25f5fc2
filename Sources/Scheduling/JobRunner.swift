internal import Datums
internal import Files
internal import GitStore
internal import Ledger
public import Metadata
internal import Model
internal import Storage
internal import Synchronization
internal import Threads
internal import Workers

/// Carries one job from its plan to its output commit.
///
/// Nothing of a job is named before its end but what `JobCheckpoints` keeps: of a run that is cut off its log stays, and good outputs
/// in the index, where the next one finds them.
struct JobRunner: Sendable {
    let seq: Int64
    let link: JobLink
    let ledger: Ledger
    let logs: JobLogs
    let workers: WorkerPool
    let code: CodeIdentity
    let progress: JobProgress

    /// Runs the job to its end. A failure is the job's outcome.
    /// - Throws: where there is no log to be had, or the end could not be written down. The job stays unfinished then, and has to be run again.
    func run() async throws {
        let log = try logs.open(link)
        defer { logs.close(log) }
        ledger.events.tellStart(of: link)
        do {
            guard let repos = try await ledger.read({ try $0.jobContext(seq)?.repos }) else { return }
            // What the job builds on is looked up once nothing of it can be collected any more.
            try await ledger.withLease(on: repos) {
                guard let context = try await ledger.read({ try $0.jobContext(seq) }) else { return }
                try await withTimeLimit(context.spec.jobTimeout?.duration) { try await runOnBaseOrNot(context, log) }
            }
        } catch {
            try await endAfter(error, log)
        }
    }

    /// Says that what the job built on turned out to be damaged at its end. What it processed is in the index.
    private struct DamagedBase: Error {
        var damage: PachError
        var index: ObjectID?
    }

    private func runOnBaseOrNot(_ context: JobContext, _ log: JobLog) async throws {
        do {
            try await run(context, log)
        } catch let error as DamagedBase {
            log.append(.master, ["job \(link) begins anew, since what it built on is damaged: \(error.damage)"])
            var context = context
            context.trustsBase = false
            context.index = error.index
            progress.update { $0.startAnew() }
            try await run(context, log)
        }
    }

    private func run(_ context: JobContext, _ log: JobLog) async throws {
        let readers = makeReaders()
        let started = ContinuousClock.now
        let plan = try await blocking { [code] in
            try JobPlanner(context: context, readers: readers, code: code.identity(of: context.version)).plan()
        }
        let planning = (ContinuousClock.now - started) / .seconds(1)
        progress.update {
            $0.state = .running
            $0.planning = planning
            $0.planned = Set(plan.process.map(\.id))
            $0.counts.total = plan.total
            $0.counts.skipped = plan.skipped
        }
        if let damage = plan.damage { log.append(.master, ["job \(link) skips less than it could: \(damage)"]) }
        log.append(.master, ["job \(link): \(plan.process.count) of \(plan.total) datums to process, \(plan.skipped) skipped"])

        let batch = RotatingBatch(try ledger.store(context.output.repo).makeBatch())
        // Does nothing to a batch that ended.
        defer { batch.batch.abandon() }
        let checkpoints = JobCheckpoints(context: context, code: plan.code, ledger: ledger, batch: batch)
        try await checkpoints.kept {
            try await process(plan, context, readers: readers, writer: batch, checkpoints, log)
        }
        try Task.checkCancellation()
        progress.update { $0.state = .finishing }
        let results = await checkpoints.results
        let index = await checkpoints.index
        let ending: JobEnding.Prepared
        do {
            ending = try await blocking { [progress] in
                try JobEnding(
                    context: context, plan: plan, results: results, index: index, progress: progress.snapshot, readers: readers,
                    ledger: ledger
                ).prepare(batch.batch)
            }
        } catch let error as PachError where error.saysLost && !plan.isFresh {
            try await checkpoints.takeAll()
            throw DamagedBase(damage: error, index: await checkpoints.index)
        }
        // An engine that stops has the time for this one write.
        if !progress.isAbandoned { try Task.checkCancellation() }
        if !ending.reason.isEmpty { log.append(.master, ["job \(link) failed: \(ending.reason)"]) }
        try await ledger.write { try ending.commit($0) }
    }

    // MARK: Datums

    private func process(
        _ plan: JobPlan, _ context: JobContext, readers: @escaping DatumPlanner.Readers, writer: RotatingBatch,
        _ checkpoints: JobCheckpoints, _ log: JobLog
    ) async throws {
        guard !plan.process.isEmpty else { return }
        guard let tree = context.version.code else {
            return try await process(plan, context, code: nil, readers: readers, writer: writer, checkpoints, log)
        }
        try await workers.code.using(tree.description) { path in
            try await layOutCode(tree, at: path, context)
            try await process(plan, context, code: path, readers: readers, writer: writer, checkpoints, log)
        }
    }

    /// - Parameter code: where the pipeline's code is laid out.
    private func process(
        _ plan: JobPlan, _ context: JobContext, code: String?, readers: @escaping DatumPlanner.Readers, writer: RotatingBatch,
        _ checkpoints: JobCheckpoints, _ log: JobLog
    ) async throws {
        let setup = WorkerSetup(
            pipeline: link.pipeline.name, version: context.version.number,
            inputs: context.spec.input.pfsInputs.map(\.name).uniqued() + (context.spec.previous ? [DatumTask.previousName] : []),
            code: code, codeIdentity: plan.code, network: context.spec.transform.network,
            batching: context.spec.transform.datumBatching)
        let commits = context.inputCommitsByName
        let previous = context.spec.previous ? context.lastOutput.map { TreeNode(kind: .folder, id: $0.tree) } : nil
        let queue = DatumQueue(plan.process)
        let count = min(context.spec.parallelism, plan.process.count, workers.countMax)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    while let worker = try await workers.lease(setup, while: { !queue.isEmpty }) {
                        do {
                            while let datum = queue.next() {
                                let task = DatumTask(
                                    datum: datum, job: link, spec: context.spec, inputCommits: commits,
                                    specCommit: context.version.specCommit, previous: previous)
                                let result = try await worker.process(task, readers: readers, writer: writer, log: log)
                                note(result, of: datum)
                                await checkpoints.add(datum, result)
                                if await workers.isMissedElsewhere(worker) { break }
                            }
                            await workers.release(worker)
                        } catch {
                            await workers.release(worker)
                            throw error
                        }
                    }
                }
            }
            var failure: PachError?
            while let result = await group.nextResult() {
                guard case .failure(let error) = result else { continue }
                // What others are at is in vain where the job fails; where the machine does, it is run again, and what they do is kept.
                guard let fault = Self.failureOfTheMachine(error) else { throw error }
                failure = failure ?? fault
            }
            if let failure { throw failure }
        }
    }

    private func note(_ result: DatumResult, of datum: Datum) {
        progress.update { snapshot in
            switch result.state {
            case .success: snapshot.counts.processed += 1
            case .recovered: snapshot.counts.recovered += 1
            case .failed: snapshot.counts.failed += 1
            case .skipped, .starting, .unknown: break
            }
            snapshot.stats += result.stats
            snapshot.datums[datum.id] = (result.state, result.stats)
        }
    }

    /// Lays out the pipeline's code for its workers, once for each tree.
    private func layOutCode(_ tree: ObjectID, at path: String, _ context: JobContext) async throws {
        let objects = try ledger.store(context.output.repo.ofKind(.spec)).objects
        try await blocking {
            guard try Folder.status(of: path) == nil else { return }
            let fresh = path + "-\(CommitID.random())"
            try Folder.createAll(fresh)
            do throws(PachError) {
                // Git keeps no more than the bytes, so all of the code may be executed.
                _ = try Checkout(objects).write(TreeNode(kind: .folder, id: tree), at: .root, below: fresh, mode: 0o555)
                try Folder.rename(fresh, to: path)
            } catch {
                try Folder.removeTree(fresh)
                // Another job may have been faster; then its folder serves.
                guard error.code == .alreadyExists else { throw error }
            }
        }
    }

    private func makeReaders() -> DatumPlanner.Readers {
        { [ledger] repo throws(PachError) in try ledger.store(repo).objects }
    }

    // MARK: Ends

    private func endAfter(_ error: any Error, _ log: JobLog) async throws {
        switch progress.interruption {
        case .abandoned:
            return
        case .stopped(let reason):
            log.append(.master, ["job \(link) was stopped: \(reason)"])
            try await end(.killed, reason)
        case nil:
            if let failure = ledger.diskFailure ?? Self.failureOfTheMachine(error) {
                log.append(.master, ["job \(link) was cut off, and will be run again: \(failure)"])
                throw failure
            }
            let reason = (error as? PachError)?.descriptionWithHint ?? "\(error)"
            log.append(.master, ["job \(link) failed: \(reason)"])
            try await end(.failure, reason)
        }
    }

    /// That the machine fails, or has no room or descriptors left, says nothing about the job.
    private static func failureOfTheMachine(_ error: any Error) -> PachError? {
        switch error {
        case let error as PachError where error.isOfTheMachine: error
        case let error as SandboxError where [.folder, .system, .sandboxLost].contains(error.code):
            PachError(.io, "could not run user code", cause: error.message, hint: error.hint)
        default: nil
        }
    }

    /// Ends the job without an output of its own.
    private func end(_ state: JobState, _ reason: String) async throws {
        let snapshot = progress.snapshot
        // Detached from the task's cancellation, which may be the reason why the job ends.
        let ending = Task {
            // It may be the job that fills the disk.
            try await ledger.freeing {
                try await ledger.write { transaction in
                    guard var job = try transaction.database.job(seq: seq), job.finished == nil else { return }
                    job.take(snapshot)
                    try transaction.endJob(job, state, reason: reason)
                }
            }
        }
        try await ending.value
    }

    /// Runs `body`, and stops it where it takes longer than `limit`.
    private func withTimeLimit(_ limit: Duration?, _ body: @escaping @Sendable () async throws -> Void) async throws {
        guard let limit else { return try await body() }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await body()
                return true
            }
            group.addTask {
                try await Task.sleep(for: limit)
                return false
            }
            if try await group.next() == false {
                progress.stop(reason: "the job took longer than its time limit of \(limit)")
            }
            group.cancelAll()
            // Whichever is left; that the timer was cancelled is no news, that the body was is.
            while let isBody = await group.nextResult() {
                if case .failure(let error) = isBody, progress.interruption != nil { throw error }
            }
        }
    }
}

extension JobRow {
    /// Takes over what is known of the job while it runs.
    public mutating func take(_ snapshot: JobProgress.Snapshot) {
        counts = snapshot.counts
        stats = snapshot.stats
        planning = snapshot.planning
        started = snapshot.started
    }
}

/// Datums that wait for a worker.
private final class DatumQueue: Sendable {
    private let rest: Mutex<ArraySlice<Datum>>

    init(_ datums: [Datum]) {
        rest = Mutex(datums[...])
    }

    var isEmpty: Bool { rest.withLock { $0.isEmpty } }

    func next() -> Datum? {
        rest.withLock { $0.popFirst() }
    }
}

extension Sequence where Element: Hashable {
    /// Each element once, in order of first appearance.
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
