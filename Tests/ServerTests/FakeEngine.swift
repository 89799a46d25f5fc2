import API
import Model
import Operations
import Synchronization

/// An engine that remembers what it was asked, answers with fixed values, and keeps files in memory.
final class FakeEngine: Operations {
    private struct State {
        var calls: [String] = []
        var failure: (any Error)?
        var files: [FilePath: [UInt8]] = [:]
        var head: CommitID? = Sample.id
        var uploadFailure: (any Error)?
        var commitCount = 0
        var contentFailure: (any Error)?
        var hash = Sample.object
        var replacement: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    /// Told when a call that waits has begun, and when it was cancelled.
    let events: AsyncStream<String>
    private let tell: AsyncStream<String>.Continuation
    private let asked: AsyncStream<String>
    private let tellAsked: AsyncStream<String>.Continuation
    /// Answers instead of the memory's files, where it is set.
    let largeFileByteCount: Int64?

    init(largeFileByteCount: Int64? = nil) {
        self.largeFileByteCount = largeFileByteCount
        (events, tell) = AsyncStream.makeStream()
        (asked, tellAsked) = AsyncStream.makeStream()
    }

    /// What was asked since the last look.
    func takeCalls() -> [String] {
        state.withLock { state in
            defer { state.calls = [] }
            return state.calls
        }
    }

    /// Returns once something that begins so was asked.
    func waitForCall(_ beginning: String) async {
        for await call in asked where call.hasPrefix(beginning) { return }
    }

    /// What the calls that follow throw.
    func fail(with error: (any Error)?) {
        state.withLock { $0.failure = error }
    }

    var files: [FilePath: [UInt8]] {
        get { state.withLock { $0.files } }
        set { state.withLock { $0.files = newValue } }
    }

    var head: CommitID? {
        get { state.withLock { $0.head } }
        set { state.withLock { $0.head = newValue } }
    }

    /// What reading the content of files throws, behind its first bytes.
    var contentFailure: (any Error)? {
        get { state.withLock { $0.contentFailure } }
        set { state.withLock { $0.contentFailure = newValue } }
    }

    /// Puts another content, of another hash, once somebody has looked at a file.
    func replaceAfterLook(_ path: FilePath, with bytes: [UInt8], hash: ObjectID) {
        state.withLock { state in
            state.replacement = { [self] in
                self.state.withLock { ($0.files[path], $0.hash) = (bytes, hash) }
            }
        }
    }

    /// How often files were committed.
    var commitCount: Int { state.withLock { $0.commitCount } }

    /// What the last upload that failed threw.
    var uploadFailure: (any Error)? { state.withLock { $0.uploadFailure } }

    private func note(_ call: String) throws {
        tellAsked.yield(call)
        try state.withLock { state in
            state.calls.append(call)
            if let failure = state.failure { throw failure }
        }
    }

    private func note<Value>(_ call: String, _ value: Value) throws -> Value {
        try note(call)
        return value
    }

    private func stream<Value: Sendable>(_ call: String, _ values: [Value], staysOpen: Bool = false) -> AsyncThrowingStream<
        Value, any Error
    > {
        AsyncThrowingStream { continuation in
            for value in values { continuation.yield(value) }
            do {
                try note(call)
                if !staysOpen { continuation.finish() }
            } catch {
                continuation.finish(throwing: error)
            }
            let tell = tell
            continuation.onTermination = { if case .cancelled = $0 { tell.yield("left") } }
            tell.yield("open")
        }
    }

    /// Stays until it is cancelled, where the call is for what is called so.
    private func stay(ifFor name: some CustomStringConvertible) async throws {
        guard "\(name)".contains("forever") else { return }
        tell.yield("waits")
        let (never, _) = AsyncStream<Never>.makeStream()
        for await _ in never {}
        tell.yield("cancelled")
        throw CancellationError()
    }

    // MARK: Repos

    func createRepo(_ repo: RepoName, settings: RepoSettings, update: Bool) async throws {
        try note(
            "createRepo \(repo) '\(settings.description ?? "-")' \(settings.retention?.commits ?? 0) \(settings.retention?.duration?.description ?? "-") \(update)"
        )
    }

    func inspectRepo(_ repo: RepoName) async throws -> RepoInfo { try note("inspectRepo \(repo)", Sample.repo) }

    func listRepos(kinds: Set<RepoName.Kind>) async throws -> [RepoInfo] {
        try note("listRepos \(kinds.map(\.rawValue).sorted())", [Sample.repo, Sample.repo])
    }

    func deleteRepo(_ repo: RepoName, force: Bool) async throws { try note("deleteRepo \(repo) \(force)") }

    // MARK: Branches

    func createBranch(_ branch: Branch, head: CommitReference?, ifHead: HeadCondition?) async throws -> BranchInfo {
        try ifHead?.require(self.head, of: branch)
        return try note("createBranch \(branch) \(text(head))", Sample.branch(head: self.head))
    }

    func inspectBranch(_ branch: Branch) async throws -> BranchInfo {
        try note("inspectBranch \(branch)", Sample.branch(head: head))
    }

    func listBranches(_ repo: RepoName) async throws -> [BranchInfo] { try note("listBranches \(repo)", [Sample.branch(head: head)]) }

    func deleteBranch(_ branch: Branch, force: Bool) async throws { try note("deleteBranch \(branch) \(force)") }

    // MARK: Commits

    func startCommit(_ branch: Branch, parent: CommitReference?, description: String) async throws -> CommitInfo {
        try note("startCommit \(branch) \(text(parent)) '\(description)'", Sample.commit)
    }

    func finishCommit(_ commit: CommitReference, description: String?) async throws -> ChangeResult {
        try note("finishCommit \(commit) \(text(description))", Sample.change)
    }

    func inspectCommit(_ commit: CommitReference, wait: Bool, withProvenance: Bool) async throws -> CommitInfo {
        try note("inspectCommit \(commit) \(wait)" + (withProvenance ? " with provenance" : ""))
        if wait { try await stay(ifFor: commit) }
        var info = Sample.commit
        if withProvenance { (info.provenance, info.subvenance) = ([Sample.link], []) }
        return info
    }

    func listCommits(_ query: CommitQuery) async throws -> [CommitInfo] {
        try note(
            "listCommits \(query.repo) \(text(query.to)) \(text(query.from)) \(text(query.number)) \(text(query.origin?.rawValue))",
            [Sample.commit])
    }

    func listCommitSets(number: Int?) async throws -> [CommitSetInfo] { try note("listCommitSets \(text(number))", [Sample.commitSet]) }

    func inspectCommitSet(_ id: CommitID, wait: Bool) async throws -> CommitSetInfo {
        try note("inspectCommitSet \(id) \(wait)", Sample.commitSet)
    }

    func squashCommitSet(_ id: CommitID) async throws { try note("squashCommitSet \(id)") }
    func dropCommitSet(_ id: CommitID) async throws { try note("dropCommitSet \(id)") }

    func subscribeCommits(_ branch: Branch, from start: SubscriptionStart) -> AsyncThrowingStream<CommitInfo, any Error> {
        stream("subscribeCommits \(branch) \(start)", [Sample.commit, Sample.commit], staysOpen: branch.name.description == "forever")
    }

    // MARK: Files

    func putFiles(
        _ files: FileUploads, in commit: CommitReference, mode: PutMode, present: PresentFiles?, ifHead: HeadCondition?
    ) async throws -> ChangeResult {
        try note("putFiles \(commit) \(mode)" + (present.map { " but \($0.count) of \($0.tree)" } ?? ""))
        do {
            let branch = try Branch("ratings@master")
            try ifHead?.require(head, of: branch)
            var stored: [FilePath: [UInt8]] = [:]
            for try await file in files {
                var content: [UInt8] = []
                var byteCount: Int64 = 0
                for try await piece in file.content {
                    byteCount += Int64(piece.count)
                    // Large ones are only counted, so that memory tells of the server alone.
                    if largeFileByteCount == nil { content += piece }
                }
                stored[file.path] = largeFileByteCount == nil ? content : Array(String(byteCount).utf8)
                tell.yield("received")
            }
            try ifHead?.require(head, of: branch)
            state.withLock {
                $0.files.merge(stored) { $1 }
                $0.commitCount += 1
            }
            return Sample.change
        } catch {
            state.withLock { $0.uploadFailure = error }
            tell.yield("upload failed")
            throw error
        }
    }

    func deleteFile(_ file: FileReference, recursive: Bool) async throws -> ChangeResult {
        try note("deleteFile \(file) \(recursive)", Sample.change)
    }

    func copyFile(from source: FileReference, to destination: FileReference, mode: PutMode) async throws -> ChangeResult {
        try note("copyFile \(source) \(destination) \(mode)", Sample.change)
    }

    func getFile(_ file: FileReference, range: Range<Int64>?) async throws -> FileDownload {
        try note("getFile \(file) \(text(range))")
        if let total = largeFileByteCount {
            let info = Sample.file(file.path, size: total)
            let range = range ?? 0..<total
            let left = Mutex(Int64(range.count))
            let piece = [UInt8](repeating: 7, count: ByteStream.pieceByteCount)
            let content = ByteStream {
                {
                    left.withLock { left in
                        defer { left -= min(left, Int64(piece.count)) }
                        return left == 0 ? nil : Array(piece.prefix(Int(min(left, Int64(piece.count)))))
                    }
                }
            }
            return FileDownload(info: info, range: range, content: content)
        }
        let bytes = try content(of: file)
        let part = range.map { $0.clamped(to: 0..<Int64(bytes.count)) } ?? 0..<Int64(bytes.count)
        var stream = ByteStream(Array(bytes[Int(part.lowerBound)..<Int(part.upperBound)]))
        if let failure = contentFailure { stream = ByteStream { { throw failure } } }
        return FileDownload(info: info(file.path, bytes), range: part, content: stream)
    }

    private func info(_ path: FilePath, _ bytes: [UInt8]) -> FileInfo {
        Sample.file(path, size: Int64(bytes.count), hash: state.withLock { $0.hash })
    }

    private func content(of file: FileReference) throws -> [UInt8] {
        guard let bytes = files[file.path] else {
            if files.keys.contains(where: { $0.relative(to: file.path) != nil }) {
                throw PachError(.invalidArgument, "'\(file)' is a folder")
            }
            throw PachError(.notFound, "file '\(file)' not found", hint: "List its folder.")
        }
        return bytes
    }

    func inspectFile(_ file: FileReference) async throws -> FileInfo {
        try note("inspectFile \(file)")
        if file.path.description == "/folder" {
            var info = Sample.file(file.path, size: 0)
            info.fileType = .folder
            return info
        }
        if let total = largeFileByteCount { return Sample.file(file.path, size: total) }
        let info = info(file.path, try content(of: file))
        let replace = state.withLock { state in
            defer { state.replacement = nil }
            return state.replacement
        }
        replace?()
        return info
    }

    /// Of its files, where it has some.
    func listFolder(_ folder: FileReference) async throws -> FolderListing {
        try note("listFolder \(folder)")
        guard !files.isEmpty else { return Sample.listing }
        var entries: [FileName: FileKind] = [:]
        for path in files.keys {
            guard let below = path.relative(to: folder.path), let name = below.components.first else { continue }
            entries[name] = below.components.count == 1 ? .file : .folder
        }
        guard !entries.isEmpty else { throw PachError(.invalidArgument, "'\(folder)' is not a folder") }
        return FolderListing(
            tree: Sample.object, hash: Sample.object,
            entries: entries.sorted { $0.key < $1.key }.map { FolderListing.Entry(name: $0, fileType: $1, hash: Sample.object) })
    }

    func listFiles(_ file: FileReference) async throws -> [FileInfo] { try note("listFiles \(file)", Sample.manyFiles(1)) }

    func walkFiles(_ file: FileReference) -> AsyncThrowingStream<FileInfo, any Error> {
        guard case .branch(let name) = file.commit.start, name.description == "forever" else {
            return stream("walkFiles \(file)", Sample.manyFiles(1000))
        }
        tellAsked.yield("walkFiles \(file)")
        return AsyncThrowingStream { Sample.file(file.path, size: 0) }
    }

    /// No route asks for it.
    func getFiles(_ file: FileReference) -> AsyncThrowingStream<[FileDownload], any Error> {
        AsyncThrowingStream { throw PachError(.notSupported, "getFiles") }
    }

    func globFiles(_ pattern: String, in commit: CommitReference) async throws -> [FileInfo] {
        try note("globFiles \(pattern) \(commit)")
        try await stay(ifFor: commit)
        return Sample.manyFiles(1000)
    }

    func diffFiles(new: FileReference, old: FileReference?, shallow: Bool) async throws -> [FileDifference] {
        try note("diffFiles \(new) \(text(old)) \(shallow)")
        try await stay(ifFor: new)
        return [FileDifference(newFile: Sample.file(new.path, size: 1), oldFile: nil)]
    }

    // MARK: Pipelines

    func createPipeline(_ request: PipelineRequest) async throws -> PipelineInfo {
        let code = request.code.map { "\($0.path):\($0.bytes.count):\($0.isExecutable)" }
        return try note(
            "createPipeline \(request.spec) \(request.fileName) \(code) \(request.update) \(request.reprocess) \(request.dryRun)",
            Sample.pipeline)
    }

    func inspectPipeline(_ pipeline: PipelineName) async throws -> PipelineInfo { try note("inspectPipeline \(pipeline)", Sample.pipeline) }
    func listPipelines() async throws -> [PipelineInfo] { try note("listPipelines", [Sample.pipeline]) }

    func deletePipeline(_ pipeline: PipelineName, keepRepo: Bool, force: Bool) async throws {
        try note("deletePipeline \(pipeline) \(keepRepo) \(force)")
    }

    func startPipeline(_ pipeline: PipelineName) async throws { try note("startPipeline \(pipeline)") }
    func rerunPipeline(_ pipeline: PipelineName, reprocess: Bool) async throws { try note("rerunPipeline \(pipeline) \(reprocess)") }
    func stopPipeline(_ pipeline: PipelineName) async throws { try note("stopPipeline \(pipeline)") }

    // MARK: Jobs

    func listJobs(_ query: JobQuery) async throws -> [JobInfo] {
        let states = query.states.map(\.word).sorted()
        return try note("listJobs \(text(query.pipeline)) \(text(query.id)) \(states) \(text(query.number))", [Sample.job])
    }

    func listJobSets(number: Int?) async throws -> [JobSetInfo] { try note("listJobSets \(text(number))", [Sample.jobSet]) }

    func inspectJob(_ pipeline: PipelineName, _ id: JobID, wait: Bool) async throws -> JobInfo {
        try note("inspectJob \(pipeline) \(id) \(wait)", Sample.job)
    }

    func inspectJobSet(_ id: JobID, wait: Bool) async throws -> JobSetInfo { try note("inspectJobSet \(id) \(wait)", Sample.jobSet) }
    func stopJob(_ pipeline: PipelineName, _ id: JobID) async throws { try note("stopJob \(pipeline) \(id)") }
    func deleteJob(_ pipeline: PipelineName, _ id: JobID) async throws { try note("deleteJob \(pipeline) \(id)") }

    func listDatums(_ pipeline: PipelineName, _ id: JobID) async throws -> [DatumInfo] {
        try note("listDatums \(pipeline) \(id)", [Sample.datum])
    }

    func inspectDatum(_ pipeline: PipelineName, _ id: JobID, datum: Digest) async throws -> DatumInfo {
        try note("inspectDatum \(pipeline) \(id) \(datum)", Sample.datum)
    }

    func logs(_ query: LogQuery) -> AsyncThrowingStream<LogMessage, any Error> {
        let what = "\(query.pipeline) \(text(query.job)) \(text(query.datum)) \(query.master) \(query.follow) \(text(query.tail))"
        return stream("logs \(what) \(text(query.since))", Sample.log)
    }

    // MARK: The whole

    func run(report: @escaping @Sendable (JobInfo) -> Void) async throws -> [JobInfo] {
        report(Sample.job)
        try note("run")
        return [Sample.job]
    }

    func fsck(publish: Bool, fix: Bool) async throws -> FsckReport { try note("fsck \(publish) \(fix)", Sample.report) }
    func collectGarbage(dryRun: Bool) async throws -> GarbageReport {
        try note("collectGarbage \(dryRun)", Sample.garbage)
    }

    func backUp(to folder: String, links: Bool, verifiesAll: Bool) async throws -> BackupReport {
        try note("backUp \(folder) \(links) \(verifiesAll)")
        try await stay(ifFor: folder)
        return Sample.backup
    }

    func whyObject(_ id: ObjectID, number: Int) async throws -> [ObjectUse] {
        try note("whyObject \(id) \(number)")
        try await stay(ifFor: number == .max ? "forever" : "")
        return [Sample.use]
    }

    func version() async throws -> VersionInfo { try note("version", VersionInfo(version: "1.2.3", format: 4)) }
    func close() async throws {}
}

private func text(_ value: (any CustomStringConvertible)?) -> String { value.map { "\($0)" } ?? "-" }
