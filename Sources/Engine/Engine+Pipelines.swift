internal import GitStore
internal import GRDB
internal import Ledger
internal import Metadata
public import Model
public import Operations
internal import Provenance
internal import Scheduling
internal import Specs
internal import Storage
internal import Workers

extension Engine {
    public func createPipeline(_ request: PipelineRequest) async throws -> PipelineInfo {
        let loaded = try SpecLoader.load(text: request.spec, fileName: request.fileName)
        guard loaded.count == 1, let spec = loaded.first?.spec else {
            throw PachError(.invalidSpec, "\(quoted(request.fileName)) holds \(loaded.count) pipelines; one is created at a time")
        }
        try check(spec, request)
        let proposal = PipelineProposal(spec: spec, request: request)
        var info = try await request.dryRun ? ledger.read { try $0.preview(of: proposal) } : create(proposal)
        info.details.warnings = try await warnings(about: spec)
        return info
    }

    private func create(_ proposal: PipelineProposal) async throws -> PipelineInfo {
        let spec = proposal.spec
        // What cannot be done stops no job, and leaves no folder behind.
        _ = try await ledger.read { try $0.checked(proposal) }
        for kind in RepoName.Kind.allCases { try await ledger.prepareRepo(spec.name.repo(kind)) }
        // Nor does what is refused only as it is written down, as with a full disk.
        let info = try await scheduler.endingJobs(of: spec.name, reason: Self.updateReason) { progress in
            try await ledger.write { try $0.create(proposal, progress) }
        }
        await scheduler.workers.forget(spec.name)
        return info
    }

    /// Why jobs of the version before are killed.
    static let updateReason = "all jobs killed because pipeline was updated"

    private func check(_ spec: PipelineSpec, _ request: PipelineRequest) throws(PachError) {
        if spec.transform.build != nil, request.code.isEmpty {
            throw PachError(
                .invalidSpec, "pipeline \(spec.name) has transform.build.path, and no code came with it",
                hint: "Create the pipeline with 'pach create pipeline -f FILE', which sends the folder.")
        }
        let bytes = request.code.reduce(0) { $0 + $1.bytes.count }
        guard bytes <= PipelineRequest.codeByteCountMax else {
            throw PachError(
                .tooLarge, "the code of pipeline \(spec.name) has \(bytes) bytes; at most \(PipelineRequest.codeByteCountMax) are stored")
        }
    }

    public func inspectPipeline(_ pipeline: PipelineName) async throws -> PipelineInfo {
        let running = await scheduler.runningStates
        var info = try await ledger.read { try $0.info(of: $0.existingPipeline(pipeline), running: running) }
        let image = info.spec.transform.image == nil ? "" : "The image is recorded and not used. "
        info.details.note = image + "User code runs on this machine, \(await scheduler.workers.note)."
        return info
    }

    public func listPipelines() async throws -> [PipelineInfo] {
        let running = await scheduler.runningStates
        return try await ledger.read { database in try database.pipelines().map { try database.info(of: $0, running: running) } }
    }

    public func deletePipeline(_ pipeline: PipelineName, keepRepo: Bool, force: Bool) async throws {
        try await ledger.read { try $0.requireUnused($0.existingPipeline(pipeline), force: force) }
        let reason = "the pipeline was deleted"
        try await scheduler.withoutJobs(of: pipeline, reason: reason) {
            let readers = try await ledger.freeing {
                try await ledger.write { transaction in
                    let database = transaction.database
                    let row = try database.existingPipeline(pipeline)
                    try database.requireUnused(row, force: force)
                    try database.setDirectProvenance(of: row.version.spec.output, to: [])
                    try transaction.killJobs(of: row, reason: reason)
                    try database.deletePipeline(row)
                    var readers: [JobRow] = []
                    for kind in RepoName.Kind.allCases where kind != .user || !keepRepo {
                        if let repo = try database.repo(pipeline.repo(kind)) { readers += try transaction.deleteRepo(repo) }
                    }
                    // Of the plain repo that the outputs are now, nobody reads the index.
                    if let repo = try database.repo(pipeline.repo()), try database.ref(RefLayout.datums, in: repo) != nil {
                        try transaction.setRef(RefLayout.datums, in: repo, to: nil)
                    }
                    transaction.tell(.pipelinesChanged)
                    return readers
                }
            }
            await stop(readers, reason: JobReason.deleted(pipeline.repo()))
            logs.delete(pipeline)
            await scheduler.workers.forget(pipeline)
        }
    }

    public func startPipeline(_ pipeline: PipelineName) async throws {
        try await ledger.write { transaction in
            let row = try transaction.database.existingPipeline(pipeline)
            try transaction.database.requireNoObstacle(row, "cannot start")
            guard row.stopped else { return }
            try transaction.database.requirePlace(for: row.version.spec)
            try transaction.database.setStopped(false, row)
            try transaction.markStopped(row.version.spec, false)
            try transaction.connect(row.version.spec)
            // One job for the heads as they are now.
            try transaction.propagate(from: [row.version.spec.specBranch], id: .random())
            transaction.tell(.pipelinesChanged)
        }
    }

    public func stopPipeline(_ pipeline: PipelineName) async throws {
        let reason = "the pipeline was stopped"
        try await scheduler.withoutJobs(of: pipeline, reason: reason) {
            try await ledger.freeing {
                try await ledger.write { transaction in
                    let row = try transaction.database.existingPipeline(pipeline)
                    try transaction.database.setStopped(true, row)
                    try transaction.markStopped(row.version.spec, true)
                    try transaction.database.setDirectProvenance(of: row.version.spec.output, to: [])
                    try transaction.killJobs(of: row, reason: reason)
                    transaction.tell(.pipelinesChanged)
                }
            }
        }
    }

    public func rerunPipeline(_ pipeline: PipelineName, reprocess: Bool) async throws {
        guard reprocess else {
            return try await ledger.write { transaction in
                let row = try transaction.database.runningPipeline(pipeline)
                try transaction.propagate(from: [row.version.spec.specBranch], id: .random())
                transaction.tell(.pipelinesChanged)
            }
        }
        try await scheduler.endingJobs(of: pipeline, reason: Self.updateReason) { progress in
            try await ledger.write { try $0.renewSalt(of: $0.database.runningPipeline(pipeline), progress) }
        }
        await scheduler.workers.forget(pipeline)
    }
}

/// A pipeline that somebody wants.
struct PipelineProposal: Sendable {
    var spec: PipelineSpec
    var request: PipelineRequest
}

extension PipelineSpec {
    /// The branch that holds the pipeline's specs: part of the provenance of its output, so a new spec makes a job.
    var specBranch: Branch { Branch(repo: name.repo(.spec)) }

    /// What the output branch is made from.
    var directProvenance: Set<Branch> { Set(input.pfsInputs.map(\.source)).union([specBranch]) }
}

extension Database {
    /// The pipeline that the proposal would replace; nil where it would make a new one.
    /// - Throws: why it can do neither.
    func checked(_ proposal: PipelineProposal) throws -> PipelineRow? {
        let spec = proposal.spec
        let present = try pipeline(spec.name)
        if present != nil, !proposal.request.update {
            throw PachError(
                .alreadyExists, "pipeline \"\(spec.name)\" already exists", hint: "'pach update pipeline -f …' replaces its spec.")
        }
        if present == nil, try repo(spec.name.repo()) != nil {
            throw PachError(
                .alreadyExists, "pipeline \"\(spec.name)\" cannot be created because a repo with the same name already exists",
                hint: "Choose another name, or delete the repo.")
        }
        if let present, present.version.spec.outputBranch != spec.outputBranch {
            throw PachError(
                .conflict, "the output branch of pipeline \(spec.name) cannot change from \(present.version.spec.outputBranch)",
                hint: "Delete the pipeline and create it anew, or keep the branch.")
        }
        for input in spec.input.pfsInputs { _ = try existingRepo(input.repo) }
        var graph = try provenanceGraph()
        try graph.insert(spec)
        return present
    }

    func requireUnused(_ pipeline: PipelineRow, force: Bool) throws {
        guard !force else { return }
        let repos = Set(RepoName.Kind.allCases.map { pipeline.name.repo($0) })
        try requireNoReaders(of: "pipeline \(pipeline.name) cannot be deleted: its output", besides: pipeline.name) {
            repos.contains($0.repo)
        }
    }

    func preview(of proposal: PipelineProposal) throws -> PipelineInfo {
        let present = try checked(proposal)
        return PipelineInfo(
            pipeline: proposal.spec.name, version: (present?.version.number ?? 0) + 1, specCommit: nil, stopped: present?.stopped ?? false,
            state: .running, reason: "", lastJobState: nil, spec: proposal.spec, userSpec: proposal.request.spec,
            details: PipelineInfo.Details(
                createdAt: present?.created ?? .now, description: proposal.spec.description, note: nil, salt: present?.version.salt ?? ""))
    }

    /// What keeps the pipeline from its work, or would if it were started, and what mends it; nil where nothing does.
    fileprivate func obstacle(for pipeline: PipelineRow) throws -> (problem: String, remedy: String)? {
        let spec = pipeline.version.spec
        for kind in RepoName.Kind.allCases where try repo(pipeline.name.repo(kind)) == nil {
            return ("its repo \(pipeline.name.repo(kind)) is gone", "'pach update pipeline' makes it anew")
        }
        // That of a stopped one follows nothing, until it is started.
        if !pipeline.stopped, try !hasProvenance(spec.output) {
            return (
                "its output branch \(spec.output) was deleted and follows its inputs no longer", "'pach update pipeline' makes it anew"
            )
        }
        for input in spec.input.pfsInputs where try repo(input.repo) == nil {
            let remedy =
                try self.pipeline(ofRepo: input.repo).map { "'pach update pipeline' of \($0.name)" } ?? "'pach create repo \(input.repo)'"
            return ("repo \(input.repo), which it reads, is gone", "\(remedy) makes it anew")
        }
        return nil
    }

    fileprivate func requireNoObstacle(_ pipeline: PipelineRow, _ failure: String) throws {
        guard let obstacle = try obstacle(for: pipeline) else { return }
        throw PachError(.conflict, "pipeline \(pipeline.name) \(failure): \(obstacle.problem)", hint: "\(obstacle.remedy).")
    }

    /// The pipeline, which makes jobs.
    /// - Throws: `notFound`; `conflict` where it is stopped, or lacks something.
    fileprivate func runningPipeline(_ name: PipelineName) throws -> PipelineRow {
        let row = try existingPipeline(name)
        guard !row.stopped else {
            throw PachError(
                .conflict, "pipeline \(name) is stopped", hint: "'pach start pipeline \(name)' makes a job for its inputs as they are now.")
        }
        try requireNoObstacle(row, "cannot run")
        return row
    }

    /// What reads a pipeline may have been made while it was stopped, when it was no part of the DAG.
    /// - Throws: `conflict` where it cannot be a part of it now.
    fileprivate func requirePlace(for spec: PipelineSpec) throws {
        var graph = try provenanceGraph()
        do {
            try graph.insert(spec)
        } catch {
            let inputs = spec.directProvenance
            let joined = inputs.union(inputs.flatMap { graph.provenance(of: $0) }).union(graph.subvenance(of: spec.output))
            let pipelines = Set(try joined.compactMap { try pipeline(ofRepo: $0.repo)?.name }).subtracting([spec.name])
            throw PachError(
                .conflict, "pipeline \(spec.name) cannot start: \(error.message)",
                hint: "It would be joined with \(pipelines.sorted().map(\.description).joined(separator: ", ")): "
                    + "stop, update or delete one of them first, or update it.")
        }
    }

    /// - Parameter running: the states of jobs that run, by their seq: the database has them as they were created.
    func info(of row: PipelineRow, running: [Int64: JobState]) throws -> PipelineInfo {
        let last = try jobs((row.key, nil, [], 1)).first
        let spec = row.version.spec
        let obstacle = row.stopped ? nil : try obstacle(for: row)
        return PipelineInfo(
            pipeline: row.name, version: row.version.number, specCommit: CommitLink(branch: spec.specBranch, id: row.version.specCommit),
            stopped: row.stopped, state: row.stopped ? .paused : obstacle == nil ? .running : .failure,
            reason: obstacle.map { "\($0.problem); \($0.remedy)" } ?? "",
            lastJobState: last.map { $0.finished == nil ? running[$0.seq] ?? $0.state : $0.state }, spec: spec,
            userSpec: row.version.userSpec,
            details: PipelineInfo.Details(
                createdAt: row.created, description: spec.description, note: nil, salt: row.version.salt))
    }
}
