import Model
import Operations

/// The repos and pipelines that the front stands on.
struct Repos: Sendable {
    /// Ratings that came by `/train`.
    let training: Branch
    /// Requests that came by `/predict`.
    let streaming: Branch
    /// Output of the pipeline of the same name.
    let predict: Branch
    private let pipelines: [PipelineName]
    private let engine: any Operations

    init(engine: any Operations) throws(PachError) {
        self.engine = engine
        training = Branch(repo: try RepoName("training"))
        streaming = Branch(repo: try RepoName("streaming"))
        predict = Branch(repo: try RepoName("predict"))
        pipelines = [try PipelineName("train"), try PipelineName("predict")]
    }

    /// Makes sure that both input repos are there, and that `training` is not empty: a cross has no datums while one side is.
    func prepare() async throws {
        try await create(training.repo, "ratings that came by /train")
        try await create(streaming.repo, "requests that came by /predict")
        for branch in [training, streaming] { try await finishLeftOver(branch) }
        if try await list(training, .root).isEmpty {
            _ = try await engine.commit([(.literal("/0000-header.txt"), Array("user item rating timestamp\n".utf8))], to: training)
        }
    }

    private func create(_ repo: RepoName, _ description: String) async throws {
        do {
            try await engine.createRepo(repo, description: description, update: false)
        } catch let error as PachError where error.code == .alreadyExists {
            // Made by hand, or by an earlier start.
        }
    }

    /// Ends a commit that an earlier front left open when it was cut off.
    private func finishLeftOver(_ branch: Branch) async throws {
        do {
            let head = try await engine.inspectCommit(CommitReference(branch), wait: false)
            guard head.finished == nil else { return }
            _ = try await engine.finishCommit(CommitReference(head.commit.commit), description: nil)
        } catch let error as PachError where error.code == .notFound {
            // The branch has no commit yet.
        }
    }

    /// The time of the newest name that was given out, after which new ones are to come: at the branch's head, or of those that left it.
    func newestTime(in branch: Branch) async throws -> Timestamp? {
        let times = [try await newestName(atHeadOf: branch)?.time, try await newestTimeInHistory(of: branch)]
        return times.compactMap(\.self).max()
    }

    private func newestTimeInHistory(of branch: Branch) async throws -> Timestamp? {
        guard let newest = try await list(branch, History.folder).last(where: { $0.fileType == .file }) else { return nil }
        let file = try await engine.getFile(FileReference(commit: CommitReference(branch), path: newest.file.path), range: nil)
        guard let bytes = try await file.content.collect(upTo: History.byteCountMax) else {
            throw PachError(.tooLarge, "\(newest.file.path) is longer than \(History.byteCountMax) bytes")
        }
        return try History.lastTime(in: bytes)
    }

    private func newestName(atHeadOf branch: Branch) async throws -> RequestName? {
        // The newest day and in it the newest hour: their names sort by time, and begin with a digit as no others do.
        var folder = FilePath.root
        for _ in 0..<2 {
            let entries = try await list(branch, folder)
            guard let newest = entries.last(where: { $0.fileType == .folder && $0.file.path.name?.description.first?.isNumber == true })
            else { return nil }
            folder = newest.file.path
        }
        return try await list(branch, folder).compactMap { $0.file.path.name.flatMap { RequestName($0.description) } }.last
    }

    private func list(_ branch: Branch, _ folder: FilePath) async throws -> [FileInfo] {
        do {
            return try await engine.listFiles(FileReference(commit: CommitReference(branch), path: folder))
        } catch let error as PachError where error.code == .notFound {
            // The branch has no commit yet.
            return []
        }
    }

    /// What has still to be created before requests are answered; nil where nothing.
    func missing() async throws -> PachError? {
        var missing: [PipelineName] = []
        for pipeline in pipelines {
            do {
                _ = try await engine.inspectPipeline(pipeline)
            } catch let error as PachError where error.code == .notFound {
                missing.append(pipeline)
            }
        }
        guard !missing.isEmpty else { return nil }
        return PachError(
            .unavailable, "there is no pipeline \(missing.map(\.description).joined(separator: ", and no pipeline "))",
            hint: missing.map { "pach create pipeline -f pipelines/\($0)/pipeline.json" }.joined(separator: "; "))
    }
}
