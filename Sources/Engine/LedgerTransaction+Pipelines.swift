internal import GRDB
internal import Ledger
internal import Metadata
internal import Model
internal import Operations
internal import Provenance
internal import Scheduling
internal import Storage

extension LedgerTransaction {
    /// Leaves a mark in the spec repo, which tells of it without our database.
    func markStopped(_ spec: PipelineSpec, _ stopped: Bool) throws {
        let repo = try database.existingRepo(spec.specBranch.repo)
        try setRef(RefLayout.stopped, in: repo, to: stopped ? database.head(of: spec.specBranch)?.git : nil)
    }

    /// Makes the output branch depend on its inputs.
    func connect(_ spec: PipelineSpec) throws {
        try database.setDirectProvenance(of: spec.output, to: spec.directProvenance)
    }

    /// Ends the jobs of the pipeline that have not ended.
    /// - Parameter progress: how far those are that run, by their seq.
    func killJobs(of pipeline: PipelineRow, reason: String, _ progress: [Int64: JobProgress.Snapshot] = [:]) throws {
        for var job in try database.unfinishedJobs(of: pipeline.key) {
            if let snapshot = progress[job.seq] { job.take(snapshot) }
            try endJob(job, .killed, reason: reason)
        }
    }

    /// Creates or updates a pipeline: its repos, a commit with its spec and code, its place in the DAG, and its first job.
    /// - Parameter progress: how far its running job is, by its seq.
    func create(_ proposal: PipelineProposal, _ progress: [Int64: JobProgress.Snapshot]) throws -> PipelineInfo {
        let present = try database.checked(proposal)
        let spec = proposal.spec
        // An update finds them, unless one was deleted by force.
        for kind in RepoName.Kind.allCases where try database.repo(spec.name.repo(kind)) == nil {
            _ = try createRepo(spec.name.repo(kind), description: Self.description(of: kind, spec))
        }
        let id = CommitID.random()
        let salt = salt(of: proposal, present)
        let files = try writeSpec(proposal, salt: salt)
        _ = try makeCommit(
            id, on: spec.specBranch, origin: .user,
            description: present == nil ? "create pipeline \(spec.name)" : "update pipeline \(spec.name)", tree: files.root,
            size: files.size)
        let version = PipelineVersionRow(
            number: (present?.version.number ?? 0) + 1, spec: spec, userSpec: proposal.request.spec,
            salt: salt, code: files.code, specCommit: id)
        let row: PipelineRow
        if let present {
            try killJobs(of: present, reason: Engine.updateReason, progress)
            row = try database.updatePipeline(present, to: version)
        } else {
            row = try database.insertPipeline(spec.name, version, created: now)
        }
        if !row.stopped { try connect(spec) }
        try propagate(from: [spec.specBranch], id: id)
        tell(.pipelinesChanged)
        return try database.info(of: row, running: [:])
    }

    /// Kept by an update, so that unchanged datums are skipped; new where all are to be processed again.
    private func salt(of proposal: PipelineProposal, _ present: PipelineRow?) -> String {
        let wanted = proposal.spec.salt
        if proposal.request.reprocess { return Self.newSalt(wanted) }
        // What is said once more is not what it may have become meanwhile.
        if let present, wanted == nil || wanted == present.version.spec.salt { return present.version.salt }
        return wanted ?? CommitID.random().description
    }

    /// - Parameter wanted: what the spec says.
    private static func newSalt(_ wanted: String?) -> String {
        (wanted.map { "\($0)-" } ?? "") + CommitID.random().description
    }

    /// Makes a version that differs from the one before by its salt alone, so that none of its datums was processed before.
    /// - Parameter progress: how far its running job is, by its seq.
    func renewSalt(of pipeline: PipelineRow, _ progress: [Int64: JobProgress.Snapshot]) throws {
        let before = pipeline.version
        let spec = before.spec
        guard let written = try database.commit(Commit(repo: spec.specBranch.repo, id: before.specCommit)) else {
            throw PachError(
                .conflict, "pipeline \(pipeline.name) cannot run: the commit \(before.specCommit) of its spec repo is gone",
                hint: "'pach update pipeline' makes it anew.")
        }
        let salt = Self.newSalt(spec.salt)
        let edit = try edit(try database.existingRepo(spec.specBranch.repo)) { store in
            let editor = TreeEditor()
            try editor.put(try Self.file(salt.utf8, store), at: FilePath("salt"))
            return try editor.apply(to: written.tree, reader: store, writer: store)
        }
        let id = CommitID.random()
        _ = try makeCommit(
            id, on: spec.specBranch, origin: .user, description: "reprocess pipeline \(pipeline.name)", tree: edit.root,
            size: written.size + Int64(edit.delta.bytes))
        try killJobs(of: pipeline, reason: Engine.updateReason, progress)
        _ = try database.updatePipeline(
            pipeline,
            to: PipelineVersionRow(
                number: before.number + 1, spec: spec, userSpec: before.userSpec, salt: salt, code: before.code, specCommit: id))
        try propagate(from: [spec.specBranch], id: id)
        tell(.pipelinesChanged)
    }

    private static func description(of kind: RepoName.Kind, _ spec: PipelineSpec) -> String {
        switch kind {
        case .user: "Output repo for pipeline \(spec.name)."
        case .meta: "Meta repo for pipeline \(spec.name)."
        case .spec: "Spec repo for pipeline \(spec.name)."
        }
    }

    /// Writes the tree of a spec commit: `spec.json` as the engine reads it, `user-spec` as it was given, `salt`, `code/`.
    private func writeSpec(_ proposal: PipelineProposal, salt: String) throws -> (root: ObjectID, size: Int64, code: ObjectID?) {
        try edit(try database.existingRepo(proposal.spec.name.repo(.spec))) { store in
            let editor = TreeEditor()
            try editor.put(try Self.file(proposal.spec.canonicalText.utf8, store), at: FilePath("spec.json"))
            try editor.put(try Self.file(proposal.request.spec.utf8, store), at: FilePath("user-spec"))
            try editor.put(try Self.file(salt.utf8, store), at: FilePath("salt"))
            for file in proposal.request.code {
                try editor.put(try Self.file(file.bytes, store), at: FilePath("code").appending(file.path))
            }
            let root = try editor.apply(to: StorageFormat.writeEmptyRoot(to: store), reader: store, writer: store)
            let code = try TreeReader(store).node(at: FilePath("code"), in: root.root)?.id
            return (root.root, Int64(root.delta.bytes), code)
        }
    }

    private static func file(_ bytes: some Sequence<UInt8>, _ store: any ObjectStore) throws -> StoredFile {
        try FileIngest.store(Array(bytes), to: store)
    }
}
