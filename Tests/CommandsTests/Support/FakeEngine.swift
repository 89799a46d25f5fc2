import Model
import Operations
import Synchronization

/// An engine that answers from a script and writes down what it was asked to change.
final class FakeEngine: Operations {
    struct World {
        var repos: [RepoInfo] = []
        var branches: [BranchInfo] = []
        var commits: [CommitInfo] = []
        var files: [FileInfo] = []
        var contents: [FilePath: [UInt8]] = [:]
        var differences: [FileDifference] = []
        var pipelines: [PipelineInfo] = []
        var jobs: [JobInfo] = []
        var datums: [DatumInfo] = []
        var logs: [LogMessage] = []
        var report = FsckReport(reposChecked: 1, commitsChecked: 2, objectsChecked: 3, findings: [])
        var garbage: [GarbageReport.Repo] = []
        var uses: [ObjectUse] = []
        var pendingJobs = 0
        /// Whether `run` takes until somebody has listed jobs.
        var runsUntilListed = false
        /// Thrown by whatever changes something.
        var failure: PachError?
        /// Thrown by whoever lists jobs.
        var jobListFailure: PachError?

        var calls: [String] = []
        /// Whether what is put can be read again.
        var keeps = false
        var putFiles: [FilePath: [UInt8]] = [:]
        /// The paths that were sent, in that order.
        var sent: [FilePath] = []
        /// Called once, before a put is carried out.
        var meanwhile: (@Sendable (inout World) -> Void)?
        var requests: [PipelineRequest] = []
        var isClosed = false
        /// What the clock shows, where a test asks this engine for the time; a wait takes 18 seconds.
        var time = Sample.noon
    }

    private let world: Mutex<World>
    private let listings = AsyncStream<Void>.makeStream()

    func change(_ body: (inout World) -> Void) { world.withLock { body(&$0) } }

    init(_ change: (inout World) -> Void = { _ in }) {
        var world = World()
        change(&world)
        self.world = Mutex(world)
    }

    var now: World { world.withLock { $0 } }

    private func record(_ call: String) throws {
        try world.withLock { world in
            world.calls.append(call)
            if let failure = world.failure { throw failure }
        }
    }

    private func found<Value>(_ value: Value?, _ what: String) throws -> Value {
        guard let value else { throw PachError(.notFound, "\(what) not found") }
        return value
    }

    /// Fails where an engine would wait: nothing happens here, but that time goes by.
    private func waited<Value>(_ value: Value, _ wait: Bool, isOpen: Bool) throws -> Value {
        guard wait else { return value }
        guard !isOpen else { throw PachError(.unavailable, "this would never return") }
        change { $0.time = Sample.after(seconds: 18) }
        return value
    }

    private func change() -> ChangeResult {
        ChangeResult(commit: now.commits.first ?? Sample.commit(), pendingJobs: now.pendingJobs)
    }

    // MARK: Repos

    func createRepo(_ repo: RepoName, settings: RepoSettings, update: Bool) async throws {
        let retention = settings.retention.map { " keep \($0.commits ?? 0) \($0.duration?.description ?? "-")" } ?? ""
        try record("createRepo \(repo) \(quoted(settings.description ?? "-"))\(retention) update \(update)")
    }

    func inspectRepo(_ repo: RepoName) async throws -> RepoInfo {
        try found(now.repos.first { $0.repo == repo }, "repo \(quoted(repo.description))")
    }

    func listRepos(kinds: Set<RepoName.Kind>) async throws -> [RepoInfo] { now.repos.filter { kinds.contains($0.repo.kind) } }
    func deleteRepo(_ repo: RepoName, force: Bool) async throws { try record("deleteRepo \(repo) force \(force)") }

    // MARK: Branches

    func createBranch(_ branch: Branch, head: CommitReference?, ifHead: HeadCondition?) async throws -> BranchInfo {
        try record("createBranch \(branch) head \(head?.description ?? "none")")
        return BranchInfo(branch: branch, head: nil, provenance: [], directProvenance: [], subvenance: [])
    }

    func inspectBranch(_ branch: Branch) async throws -> BranchInfo {
        try found(now.branches.first { $0.branch == branch }, "branch \(quoted(branch.description))")
    }

    func listBranches(_ repo: RepoName) async throws -> [BranchInfo] { now.branches.filter { $0.branch.repo == repo } }
    func deleteBranch(_ branch: Branch, force: Bool) async throws { try record("deleteBranch \(branch) force \(force)") }

    // MARK: Commits

    func startCommit(_ branch: Branch, parent: CommitReference?, description: String) async throws -> CommitInfo {
        try record("startCommit \(branch) parent \(parent?.description ?? "none") \(quoted(description))")
        return Sample.commit(state: .started)
    }

    func finishCommit(_ commit: CommitReference, description: String?) async throws -> ChangeResult {
        try record("finishCommit \(commit) \(quoted(description ?? "none"))")
        return change()
    }

    func inspectCommit(_ commit: CommitReference, wait: Bool, withProvenance: Bool) async throws -> CommitInfo {
        if now.keeps, !now.putFiles.isEmpty {
            var commit = Sample.commit()
            commit.tree = World.id(of: now.putFiles)
            return commit
        }
        let commit = try found(now.commits.first { $0.commit.branch.repo == commit.repo }, "commit \(commit)")
        return try waited(commit, wait, isOpen: commit.finished == nil)
    }

    func listCommits(_ query: CommitQuery) async throws -> [CommitInfo] {
        world.withLock { world in
            world.calls.append(
                "listCommits \(query.repo) to \(query.to?.description ?? "-") from \(query.from?.description ?? "-") "
                    + "number \(query.number.map(String.init) ?? "-") origin \(query.origin?.rawValue ?? "-")")
        }
        return now.commits
    }

    func listCommitSets(number: Int?) async throws -> [CommitSetInfo] {
        now.commits.isEmpty ? [] : [CommitSetInfo(id: Sample.id, commits: now.commits)]
    }

    func inspectCommitSet(_ id: CommitID, wait: Bool) async throws -> CommitSetInfo {
        try waited(CommitSetInfo(id: id, commits: now.commits), wait, isOpen: now.commits.contains { $0.finished == nil })
    }

    func squashCommitSet(_ id: CommitID) async throws { try record("squashCommitSet \(id)") }
    func dropCommitSet(_ id: CommitID) async throws { try record("dropCommitSet \(id)") }

    func subscribeCommits(_ branch: Branch, from start: SubscriptionStart) -> AsyncThrowingStream<CommitInfo, any Error> {
        AsyncThrowingStream { continuation in
            for number in 1...2 { continuation.yield(Sample.commit(description: "from \(start): \(number)")) }
            continuation.finish()
        }
    }

    // MARK: Files

    func putFiles(
        _ files: FileUploads, in commit: CommitReference, mode: PutMode, present: PresentFiles?, ifHead: HeadCondition?
    ) async throws -> ChangeResult {
        try record("putFiles \(commit) \(mode.rawValue)" + (present.map { " but \($0.count) of \($0.tree)" } ?? ""))
        let moved: Bool = world.withLock { world in
            world.meanwhile.take()?(&world)
            return present.map { $0.tree != World.id(of: world.putFiles) } ?? false
        }
        if moved { throw PachError(.preconditionFailed, "the files were changed meanwhile") }
        for try await file in files {
            let bytes = try await file.content.collect(upTo: .max) ?? []
            if let size = file.sizeBytes, size != Int64(bytes.count) {
                throw PachError(.invalidArgument, "\(file.path) was announced with \(size) bytes and has \(bytes.count)")
            }
            world.withLock {
                $0.putFiles[file.path] = bytes
                $0.sent.append(file.path)
            }
        }
        guard now.keeps else { return change() }
        var commit = Sample.commit()
        commit.tree = World.id(of: now.putFiles)
        return ChangeResult(commit: commit, pendingJobs: 0)
    }

    func deleteFile(_ file: FileReference, recursive: Bool) async throws -> ChangeResult {
        try record("deleteFile \(file) recursive \(recursive)")
        return change()
    }

    func copyFile(from source: FileReference, to destination: FileReference, mode: PutMode) async throws -> ChangeResult {
        try record("copyFile \(source) \(destination) \(mode.rawValue)")
        return change()
    }

    func getFile(_ file: FileReference, range: Range<Int64>?) async throws -> FileDownload {
        let info = try await inspectFile(file)
        let bytes = try found(now.contents[file.path], "the content of \(file)")
        let range = range ?? 0..<Int64(bytes.count)
        let wanted = Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
        guard wanted.count > ByteStream.wholeByteCountMax else {
            return FileDownload(info: info, range: range, content: ByteStream(wanted))
        }
        let content = ByteStream {
            let pieces = Mutex([wanted])
            return { pieces.withLock { $0.popLast() } }
        }
        return FileDownload(info: info, range: range, content: content)
    }

    func inspectFile(_ file: FileReference) async throws -> FileInfo {
        try found(now.files.first { $0.file.path == file.path }, "file \(quoted(file.description))")
    }

    func listFiles(_ file: FileReference) async throws -> [FileInfo] { now.files.filter { $0.file.path.parent == file.path } }

    func listFolder(_ folder: FileReference) async throws -> FolderListing {
        let world = now
        var files: [FileName: [FilePath: [UInt8]]] = [:]
        for (path, bytes) in world.putFiles {
            guard let below = path.relative(to: folder.path), let name = below.components.first else { continue }
            files[name, default: [:]][FilePath(below.components.dropFirst())] = bytes
        }
        guard !files.isEmpty else { throw PachError(.notFound, "file \(folder) not found") }
        let entries = files.map { name, below in
            FolderListing.Entry(name: name, fileType: below[.root] != nil ? .file : .folder, hash: World.id(of: below))
        }
        return FolderListing(
            tree: World.id(of: world.putFiles), hash: Sample.object, entries: entries.sorted { $0.name < $1.name })
    }

    func walkFiles(_ file: FileReference) -> AsyncThrowingStream<FileInfo, any Error> {
        let files = files(below: file)
        return AsyncThrowingStream { continuation in
            for file in files { continuation.yield(file) }
            continuation.finish()
        }
    }

    func getFiles(_ file: FileReference) -> AsyncThrowingStream<[FileDownload], any Error> {
        let rest = Mutex(files(below: file)[...])
        return AsyncThrowingStream {
            guard let info = rest.withLock({ $0.popFirst() }) else { return nil }
            return [try await self.getFile(info.reference, range: nil)]
        }
    }

    private func files(below file: FileReference) -> [FileInfo] {
        now.files.filter { $0.fileType == .file && $0.file.path.relative(to: file.path) != nil }
    }

    /// Understands `/*` alone: the files of the root. A bracket that is not closed is no pattern.
    func globFiles(_ pattern: String, in commit: CommitReference) async throws -> [FileInfo] {
        if pattern.contains("["), !pattern.contains("]") { throw PachError(.invalidArgument, "glob \(quoted(pattern)) does not parse") }
        return pattern == "/*" ? now.files.filter { $0.file.path.components.count == 1 } : []
    }

    func diffFiles(new: FileReference, old: FileReference?, shallow: Bool) async throws -> [FileDifference] { now.differences }

    // MARK: Pipelines

    func createPipeline(_ request: PipelineRequest) async throws -> PipelineInfo {
        try record("createPipeline update \(request.update) reprocess \(request.reprocess) dryRun \(request.dryRun)")
        world.withLock { $0.requests.append(request) }
        return try found(now.pipelines.first, "pipeline")
    }

    func inspectPipeline(_ pipeline: PipelineName) async throws -> PipelineInfo {
        try found(now.pipelines.first { $0.pipeline.name == pipeline }, "pipeline \(quoted(pipeline.description))")
    }

    func listPipelines() async throws -> [PipelineInfo] { now.pipelines }

    func deletePipeline(_ pipeline: PipelineName, keepRepo: Bool, force: Bool) async throws {
        try record("deletePipeline \(pipeline) keepRepo \(keepRepo) force \(force)")
    }

    func startPipeline(_ pipeline: PipelineName) async throws { try record("startPipeline \(pipeline)") }
    func rerunPipeline(_ pipeline: PipelineName, reprocess: Bool) async throws { try record("rerunPipeline \(pipeline) \(reprocess)") }
    func stopPipeline(_ pipeline: PipelineName) async throws { try record("stopPipeline \(pipeline)") }

    // MARK: Jobs

    func listJobs(_ query: JobQuery) async throws -> [JobInfo] {
        listings.continuation.yield()
        if let failure = now.jobListFailure { throw failure }
        return now.jobs.filter { job in
            (query.pipeline ?? job.job.pipeline.name) == job.job.pipeline.name && (query.states.isEmpty || query.states.contains(job.state))
        }
    }

    func listJobSets(number: Int?) async throws -> [JobSetInfo] { now.jobs.isEmpty ? [] : [JobSetInfo(id: Sample.id, jobs: now.jobs)] }

    func inspectJob(_ pipeline: PipelineName, _ id: JobID, wait: Bool) async throws -> JobInfo {
        let job = try found(now.jobs.first { $0.job.pipeline.name == pipeline }, "job \(pipeline)@\(id)")
        return try waited(job, wait, isOpen: !job.state.isTerminal)
    }

    func inspectJobSet(_ id: JobID, wait: Bool) async throws -> JobSetInfo {
        try waited(JobSetInfo(id: id, jobs: now.jobs), wait, isOpen: now.jobs.contains { !$0.state.isTerminal })
    }

    func stopJob(_ pipeline: PipelineName, _ id: JobID) async throws { try record("stopJob \(pipeline)@\(id)") }
    func deleteJob(_ pipeline: PipelineName, _ id: JobID) async throws { try record("deleteJob \(pipeline)@\(id)") }
    func listDatums(_ pipeline: PipelineName, _ id: JobID) async throws -> [DatumInfo] { now.datums }

    func inspectDatum(_ pipeline: PipelineName, _ id: JobID, datum: Digest) async throws -> DatumInfo {
        try found(now.datums.first { $0.datum.id == datum }, "datum \(datum)")
    }

    func logs(_ query: LogQuery) -> AsyncThrowingStream<LogMessage, any Error> {
        world.withLock { world in
            world.calls.append(
                "logs \(query.pipeline) job \(query.job?.description ?? "-") master \(query.master) follow \(query.follow) "
                    + "tail \(query.tail.map(String.init) ?? "-") since \(query.since?.description ?? "-")")
        }
        let lines = now.logs
        return AsyncThrowingStream { continuation in
            for line in lines { continuation.yield(line) }
            continuation.finish()
        }
    }

    // MARK: The whole

    func run(report: @escaping @Sendable (JobInfo) -> Void) async throws -> [JobInfo] {
        if now.runsUntilListed { for await _ in listings.stream.prefix(1) {} }
        for job in now.jobs { report(job) }
        return now.jobs
    }

    func fsck(publish: Bool, fix: Bool) async throws -> FsckReport {
        try record("fsck publish \(publish) fix \(fix)")
        return now.report
    }

    func collectGarbage(dryRun: Bool) async throws -> GarbageReport {
        try record("collectGarbage dryRun \(dryRun)")
        return GarbageReport(dryRun: dryRun, repos: now.garbage, expired: [])
    }

    func backUp(to folder: String, links: Bool, verifiesAll: Bool) async throws -> BackupReport {
        try record("backUp \(folder) links \(links) verifiesAll \(verifiesAll)")
        return BackupReport(repos: 3, packsCopied: 2, packsPresent: 1, bytesCopied: 2048)
    }

    func whyObject(_ id: ObjectID, number: Int) async throws -> [ObjectUse] {
        world.withLock { $0.calls.append("whyObject \(id) number \(number)") }
        return now.uses
    }

    func version() async throws -> VersionInfo { VersionInfo(version: "2.0.0", format: 2) }
    func close() async throws { world.withLock { $0.isClosed = true } }
}

extension FakeEngine.World {
    /// An id that depends on paths and contents (a sum of FNV-1a).
    static func id(of files: [FilePath: [UInt8]]) -> ObjectID {
        var sum: UInt64 = 0
        for (path, bytes) in files {
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for component in path.components {
                for byte in component.description.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            }
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            sum &+= hash
        }
        return ObjectID((0..<20).map { UInt8(truncatingIfNeeded: sum >> (8 * ($0 % 8))) })
    }
}
