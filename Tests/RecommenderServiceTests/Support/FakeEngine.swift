import Model
import Operations
import TestSupport

/// Repos in memory, as far as the front uses them: commits on `master`, and a pipeline `predict` whose jobs the test ends.
actor FakeEngine: PartialOperations {
    private struct FakeCommit {
        var info: CommitInfo
        var files: [FilePath: [UInt8]]
    }

    /// What is wrong with the next puts.
    enum PutFailure {
        case none
        case failure(PachError)
    }

    private var repos: [RepoName: [FakeCommit]] = [:]
    private var pipelines: Set<PipelineName>
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var isHolding = false
    private var isSilent = false
    private var held: [CheckedContinuation<Void, Never>] = []
    private var putFailure = PutFailure.none
    private var deletionFailure: PachError?
    private var readFailure: PachError?
    /// How many files each put brought, for each repo.
    private(set) var puts: [RepoName: [Int]] = [:]
    /// Waits for commits that go on.
    private(set) var commitWaitCount = 0
    /// Deletions that were asked for.
    private(set) var deletionCount = 0
    /// Paths of files that were asked for.
    private(set) var reads: [String] = []

    init(pipelines: [String] = ["train", "predict"]) {
        self.pipelines = Set(pipelines.map { name in sure { try PipelineName(name) } })
    }

    // MARK: What tests do

    func add(pipeline: String) { pipelines.insert(sure { try PipelineName(pipeline) }) }

    /// Lets puts begin, but not go on.
    func hold() { isHolding = true }

    func release() {
        isHolding = false
        for continuation in held { continuation.resume() }
        held = []
    }

    /// Answers no question of `/readyz` or `/result` any more, until whoever asks gives up.
    func fallSilent() { isSilent = true }

    func failDeletions(with failure: PachError?) { deletionFailure = failure }

    func failReads(with failure: PachError?) { readFailure = failure }

    func failPuts(with failure: PachError?) { putFailure = failure.map { .failure($0) } ?? .none }

    /// Returns once the condition holds; it is looked at after each change.
    func wait(until condition: @Sendable (isolated FakeEngine) -> Bool) async {
        while !condition(self) { await withCheckedContinuation { waiters.append($0) } }
    }

    var heldCount: Int { held.count }

    func commits(_ repo: String) -> [CommitInfo] { repos[sure { try RepoName(repo) }, default: []].map(\.info) }

    func files(_ repo: String) -> [String] {
        (repos[sure { try RepoName(repo) }]?.last?.files.keys.sorted() ?? []).map(\.description)
    }

    func content(_ repo: String, _ path: FilePath) -> String? {
        repos[sure { try RepoName(repo) }]?.last?.files[path].map { String(decoding: $0, as: UTF8.self) }
    }

    /// Puts files as somebody else would.
    func put(_ files: [(String, String)], repo: String) -> CommitID {
        let branch = Branch(repo: sure { try RepoName(repo) })
        let commit = open(branch)
        for (path, content) in files { edit(branch.repo, commit) { $0[sure { try FilePath(path) }] = Array(content.utf8) } }
        finish(branch.repo, commit, error: nil)
        return commit
    }

    /// Removes all commits of a repo but the newest, as a repo's retention would.
    func keepNewestCommit(of repo: String) {
        let repo = sure { try RepoName(repo) }
        repos[repo] = repos[repo]?.suffix(1)
        changed()
    }

    /// Ends the job of `predict` in a commit set: `content` for each request that the head of `streaming` had, none for nil, or an error.
    func endJob(_ id: CommitID, content: String? = "1 2 3.5\n", error: String? = nil) {
        let streaming = repos[sure { try RepoName("streaming") }, default: []]
        guard let input = streaming.last(where: { $0.info.commit.id == id }) ?? streaming.last else { return }
        if error == nil {
            edit(predict.repo, id) { files in
                let requests = input.files.filter { !$0.key.description.hasPrefix("/history") }
                files = requests.compactMapValues { _ in content.map { Array($0.utf8) } }
            }
        }
        finish(predict.repo, id, error: error)
    }

    // MARK: Commits

    private let predict = Branch(repo: sure { try RepoName("predict") })

    private func changed() {
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    private func open(_ branch: Branch, id: CommitID = .random()) -> CommitID {
        let line = repos[branch.repo, default: []]
        let info = CommitInfo(
            commit: CommitLink(branch: branch, id: id), origin: .user, state: .started, description: "",
            parentCommit: line.last?.info.commit, started: .now, finished: nil, error: nil, directProvenance: [], sizeBytes: 0,
            gitCommit: nil, tree: sure { try ObjectID(parsing: String(repeating: "00", count: 20)) })
        let base = line.last { $0.info.error == nil && $0.info.finished != nil }
        repos[branch.repo, default: []].append(FakeCommit(info: info, files: base?.files ?? [:]))
        changed()
        return id
    }

    private func index(_ repo: RepoName, _ id: CommitID) -> Int? { repos[repo]?.firstIndex { $0.info.commit.id == id } }

    private func edit(_ repo: RepoName, _ id: CommitID, _ body: (inout [FilePath: [UInt8]]) -> Void) {
        guard let index = index(repo, id), var commit = repos[repo]?[index] else { return }
        body(&commit.files)
        repos[repo]?[index] = commit
    }

    private func finish(_ repo: RepoName, _ id: CommitID, error: String?) {
        guard let index = index(repo, id) else { return }
        repos[repo]?[index].info.finished = .now
        repos[repo]?[index].info.state = .finished
        repos[repo]?[index].info.error = error
        // All inputs of `predict` open an output commit with their id.
        if ["streaming", "training"].contains(repo.base), pipelines.contains(where: { $0.description == "predict" }) {
            _ = open(predict, id: id)
        }
        changed()
    }

    private func find(_ reference: CommitReference) throws -> FakeCommit {
        let missing = PachError(.notFound, "\(reference) not found")
        guard let line = repos[reference.repo] else { throw missing }
        let start: Int? =
            switch reference.start {
            case .branch: line.indices.last
            case .commit(let id), .commitOnBranch(let id, _): line.firstIndex { $0.info.commit.id == id }
            }
        guard var index = start else { throw missing }
        for case .ancestor(let number) in reference.steps { index -= number }
        guard line.indices.contains(index) else { throw missing }
        return line[index]
    }

    private func readable(_ reference: CommitReference) throws -> FakeCommit {
        let commit = try find(reference)
        guard commit.info.finished != nil || reference.repo != predict.repo else { throw PachError(.conflict, "not finished") }
        return commit
    }

    private func change(_ reference: CommitReference, _ body: (inout [FilePath: [UInt8]]) -> Void) throws -> ChangeResult {
        guard repos[reference.repo] != nil else { throw PachError(.notFound, "repo \(reference.repo) not found") }
        let branch = Branch(repo: reference.repo)
        if let head = repos[reference.repo]?.last, head.info.finished == nil {
            edit(reference.repo, head.info.commit.id, body)
            return ChangeResult(commit: head.info, pendingJobs: 0)
        }
        let id = open(branch)
        edit(reference.repo, id, body)
        finish(reference.repo, id, error: nil)
        return ChangeResult(commit: try find(CommitReference(Commit(repo: reference.repo, id: id))).info, pendingJobs: 1)
    }

    private func keepSilentIfToldTo() async throws {
        guard isSilent else { return }
        let (never, end) = AsyncStream<Never>.makeStream()
        for await _ in never {}
        end.finish()
        try Task.checkCancellation()
    }

    // MARK: Operations

    func version() async throws -> VersionInfo {
        try await keepSilentIfToldTo()
        return VersionInfo(version: "0", format: 1)
    }

    func createRepo(_ repo: RepoName, settings: RepoSettings, update: Bool) async throws {
        guard repos[repo] == nil else { throw PachError(.alreadyExists, "repo \(repo) exists") }
        repos[repo] = []
    }

    func inspectPipeline(_ pipeline: PipelineName) async throws -> PipelineInfo {
        guard pipelines.contains(pipeline) else { throw PachError(.notFound, "pipeline \(pipeline) not found") }
        let inputs = try ["streaming", "train"].map { PipelineInput.pfs(PFSInput(repo: try RepoName($0), glob: "/")) }
        let spec = PipelineSpec(name: pipeline, transform: Transform(cmd: ["true"], stdin: []), input: .cross(inputs))
        return PipelineInfo(
            pipeline: pipeline, version: 1, specCommit: nil, stopped: false, state: .running, reason: "", lastJobState: nil, spec: spec,
            userSpec: "{}", details: .init(createdAt: .now, description: "", note: nil, salt: ""))
    }

    func startCommit(_ branch: Branch, parent: CommitReference?, description: String) async throws -> CommitInfo {
        let id = open(branch)
        return try find(CommitReference(Commit(repo: branch.repo, id: id))).info
    }

    func finishCommit(_ commit: CommitReference, description: String?) async throws -> ChangeResult {
        let found = try find(commit).info
        guard found.finished == nil else { throw PachError(.conflict, "has finished") }
        finish(commit.repo, found.commit.id, error: nil)
        return ChangeResult(commit: try find(commit).info, pendingJobs: 1)
    }

    func inspectCommit(_ commit: CommitReference, wait: Bool, withProvenance: Bool) async throws -> CommitInfo {
        let id = try find(commit).info.commit.id
        let same = CommitReference(Commit(repo: commit.repo, id: id))
        if wait {
            commitWaitCount += 1
            changed()
        }
        defer {
            if wait {
                commitWaitCount -= 1
                changed()
            }
        }
        while wait, try find(same).info.finished == nil {
            try Task.checkCancellation()
            await withTaskCancellationHandler {
                await withCheckedContinuation { waiters.append($0) }
            } onCancel: {
                Task { await self.changed() }
            }
        }
        return try find(same).info
    }

    func listCommits(_ query: CommitQuery) async throws -> [CommitInfo] {
        guard let line = repos[query.repo] else { throw PachError(.notFound, "repo \(query.repo) not found") }
        return Array(line.map(\.info).reversed().prefix(query.number ?? .max))
    }

    func putFiles(
        _ files: FileUploads, in commit: CommitReference, mode: PutMode, present: PresentFiles?, ifHead: HeadCondition?
    ) async throws -> ChangeResult {
        var uploads: [(FilePath, [UInt8])] = []
        for try await file in files {
            uploads.append((file.path, try await file.content.collect(upTo: .max) ?? []))
        }
        puts[commit.repo, default: []].append(uploads.count)
        if isHolding {
            await withCheckedContinuation {
                held.append($0)
                changed()
            }
        }
        if case .failure(let error) = putFailure { throw error }
        return try change(commit) { all in
            for (path, bytes) in uploads { all[path] = (mode == .append ? all[path] ?? [] : []) + bytes }
        }
    }

    func deleteFile(_ file: FileReference, recursive: Bool) async throws -> ChangeResult {
        deletionCount += 1
        changed()
        if let deletionFailure { throw deletionFailure }
        return try change(file.commit) { $0[file.path] = nil }
    }

    func getFile(_ file: FileReference, range: Range<Int64>?) async throws -> FileDownload {
        try await keepSilentIfToldTo()
        reads.append("\(file)")
        changed()
        if let readFailure { throw readFailure }
        let info = try await inspectFile(file)
        guard let bytes = try readable(file.commit).files[file.path] else { throw PachError(.invalidArgument, "a folder") }
        return FileDownload(info: info, range: 0..<Int64(bytes.count), content: ByteStream(bytes))
    }

    func inspectFile(_ file: FileReference) async throws -> FileInfo {
        let commit = try readable(file.commit)
        guard let bytes = commit.files[file.path] else { throw PachError(.notFound, "file \(file) not found") }
        return info(commit, file.path, .file, bytes.count)
    }

    private func info(_ commit: FakeCommit, _ path: FilePath, _ kind: FileKind, _ size: Int) -> FileInfo {
        FileInfo(
            file: .init(commit: commit.info.commit, path: path), fileType: kind, committed: commit.info.finished, sizeBytes: Int64(size),
            hash: commit.info.tree)
    }

    func listFolder(_ folder: FileReference) async throws -> FolderListing { throw PachError(.notSupported, "not asked for") }
    func listFiles(_ file: FileReference) async throws -> [FileInfo] {
        let commit = try readable(file.commit)
        var entries: [FilePath: FileInfo] = [:]
        for (path, bytes) in commit.files {
            guard let rest = path.relative(to: file.path), let first = rest.components.first else { continue }
            let entry = file.path.appending(first)
            entries[entry] = info(commit, entry, rest.components.count == 1 ? .file : .folder, bytes.count)
        }
        return entries.sorted { $0.key < $1.key }.map(\.value)
    }

    nonisolated func walkFiles(_ file: FileReference) -> AsyncThrowingStream<FileInfo, any Error> {
        AsyncThrowingStream { continuation in
            Task {
                do {
                    for info in try await self.walk(file) { continuation.yield(info) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
        }
    }

    private func walk(_ file: FileReference) throws -> [FileInfo] {
        let commit = try readable(file.commit)
        return commit.files.sorted { $0.key < $1.key }.map { info(commit, $0.key, .file, $0.value.count) }
    }
}
