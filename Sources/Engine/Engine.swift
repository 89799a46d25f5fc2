internal import GRDB
internal import GitStore
public import Ledger
internal import Metadata
public import Model
public import Operations
internal import Scheduling
public import Workers

/// An engine on a data root: everything that `Operations` promises, in this process.
///
/// It knows nothing of people, terminals or HTTP. Who opens one owns the data root until it is closed or the process ends.
public final class Engine: Sendable {
    /// How an engine behaves.
    public struct Configuration: Sendable {
        /// How user code is kept apart.
        public var sandbox: SandboxChoice
        /// The running `pach`, which becomes the supervisor of each sandbox.
        public var executable: String
        /// The version that `version` tells.
        public var version: String
        /// Hear of failures that nobody waits for.
        public var notices: Notices

        public init(sandbox: SandboxChoice, executable: String, version: String, notices: Notices) {
            self.sandbox = sandbox
            self.executable = executable
            self.version = version
            self.notices = notices
        }
    }

    /// The newest storage format that is written.
    public static var formatVersion: Int { RepositoryFormat.current.version }

    let ledger: Ledger
    let scheduler: Scheduler
    let logs: JobLogs
    private let tally: JobTally
    let configuration: Configuration
    private let lock: RootLock
    private let removal: Task<Void, Never>

    /// Opens a data root, and puts right what a crash left half done. No job is run before `watch` or `run`.
    public init(root: DataRoot, lock: RootLock, configuration: Configuration) throws {
        self.lock = lock
        self.configuration = configuration
        let ballast = Ballast(root)
        let notices = configuration.notices
        ledger = try ballast.used { try Ledger(root: root, ballast: ballast, notices: notices) }
        tally = JobTally(ledger)
        logs = JobLogs(folder: root.logsPath)
        let leftovers = try ballast.used { try ScratchFolder(path: root.scratchPath).setLeftoversAside() }
        let workers = WorkerPool(
            root: root.path, scratch: root.scratchPath, executable: configuration.executable, choice: configuration.sandbox,
            notices: notices)
        scheduler = Scheduler(ledger: ledger, logs: logs, workers: workers)
        // Cancelled by `close`.
        removal = Task { await ScratchFolder.remove(leftovers) { notices.report($0) } }
    }

    /// Runs jobs as commits land, and frees space as commits go, until the task is cancelled.
    /// - Parameter report: told of each job that ends, and of why. It must not wait for anything.
    public func watch(report: @escaping @Sendable (JobLink, JobState, _ reason: String) -> Void = { _, _, _ in }) async throws {
        try await ledger.tellOfAllProblems()
        // Before the first job may end.
        let ends = tally.ends()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.scheduler.watch() }
            group.addTask { try await self.keepClean() }
            group.addTask { try await self.tally.count(ends, report: report) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// How many repos cannot be read, or are not seen by stock Git as they are; `RepoInfo.problem` tells why.
    public func failingRepoCount() async throws -> Int { try await ledger.problems().count }

    /// Why no change is taken before somebody acts; nil while changes are taken.
    public func standstill() async -> PachError? { await ledger.standstill() }

    /// What a monitor wants to know of jobs. Ends are counted, and the last good ones known, while `watch` runs.
    public func jobFigures() async throws -> JobFigures {
        var figures = try await tally.current()
        figures.running = await scheduler.runningCount
        figures.waiting = max(0, try await pendingJobs() - figures.running)
        return figures
    }

    /// Sees to it before any job runs that user code can be kept apart as it is wanted.
    /// - Throws: `notSupported` where only bubblewrap will do, and it does not work here.
    public func requireSandbox() async throws {
        guard configuration.sandbox == .bubblewrap else { return }
        do {
            _ = try await scheduler.workers.method()
        } catch let error as SandboxError {
            throw PachError(.io, "could not try bubblewrap", cause: error.message, hint: error.hint)
        }
    }

    public func close() async throws {
        await scheduler.close()
        removal.cancel()
        await removal.value
        try await ledger.close()
    }
}

extension Engine: Operations {
    public func run(report: @escaping @Sendable (JobInfo) -> Void) async throws -> [JobInfo] {
        try await requireSandbox()
        let ended = try await scheduler.runUntilIdle { [self] link in
            if let info = try await infoUnlessDeleted(link) { report(info) }
        }
        // What the jobs made is durable where it landed; stock Git sees it now, but for repos that cannot be published.
        try await ledger.publishAndReport()
        var infos: [JobInfo] = []
        for link in ended {
            if let info = try await infoUnlessDeleted(link) { infos.append(info) }
        }
        return infos
    }

    /// - Returns: nil where the job, or its pipeline, was deleted as it ended or since.
    private func infoUnlessDeleted(_ link: JobLink) async throws -> JobInfo? {
        do {
            return try await inspectJob(link.pipeline.name, link.id, wait: false)
        } catch let error as PachError where error.code == .notFound {
            return nil
        }
    }

    public func version() async throws -> VersionInfo {
        VersionInfo(version: configuration.version, format: Self.formatVersion)
    }

    func pendingJobs() async throws -> Int {
        try await ledger.read { try $0.countUnfinishedJobs() }
    }
}
