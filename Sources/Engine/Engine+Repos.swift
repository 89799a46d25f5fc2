internal import GRDB
internal import Ledger
internal import Metadata
public import Model
public import Operations
internal import Provenance
internal import Scheduling
internal import Storage
internal import Workers

extension Engine {
    public func createRepo(_ repo: RepoName, settings: RepoSettings, update: Bool) async throws {
        guard repo.kind == .user else {
            throw PachError(.invalidArgument, "repo \(repo) belongs to a pipeline", hint: "'pach create pipeline' makes it.")
        }
        try settings.retention?.validate()
        try await ledger.prepareRepo(repo)
        try await ledger.write { transaction in
            let row: RepoRow
            if update, let present = try transaction.database.repo(repo) {
                row = present
                if let description = settings.description { try transaction.database.setDescription(description, of: row) }
            } else {
                row = try transaction.createRepo(repo, description: settings.description ?? "")
            }
            if let retention = settings.retention { try transaction.database.setRetention(retention.replacing(row.retention), of: row) }
        }
    }

    public func inspectRepo(_ repo: RepoName) async throws -> RepoInfo {
        let info = try await ledger.read { try $0.info(of: $0.existingRepo(repo)) }
        return try await withProblems([info])[0]
    }

    public func listRepos(kinds: Set<RepoName.Kind>) async throws -> [RepoInfo] {
        let infos = try await ledger.read { database in
            try database.repos().filter { kinds.contains($0.name.kind) }.map { try database.info(of: $0) }
        }
        return try await withProblems(infos)
    }

    private func withProblems(_ infos: [RepoInfo]) async throws -> [RepoInfo] {
        let problems = try await ledger.problems()
        return infos.map { info in
            var info = info
            info.problem = problems[info.repo]?.descriptionWithHint
            return info
        }
    }

    public func deleteRepo(_ repo: RepoName, force: Bool) async throws {
        // What cannot be done stops no job.
        let pipeline = try await ledger.read { database in
            try database.requireUnused(database.existingRepo(repo), force: force)
            return repo.kind == .user ? try database.pipeline(ofRepo: repo)?.name : nil
        }
        guard let pipeline else { return try await delete(repo, force: force) }
        try await scheduler.withoutJobs(of: pipeline, reason: "its output repo was deleted") {
            try await delete(repo, force: force)
            // With the commits all jobs went that made them.
            logs.delete(pipeline)
        }
    }

    private func delete(_ repo: RepoName, force: Bool) async throws {
        let readers = try await ledger.freeing {
            try await ledger.write { transaction in
                let database = transaction.database
                let row = try database.existingRepo(repo)
                try database.requireUnused(row, force: force)
                let pipeline = try database.pipeline(ofRepo: repo)
                let jobs = repo.kind == .user ? try pipeline.map { try database.unfinishedJobs(of: $0.key) } ?? [] : []
                var readers = try transaction.deleteRepo(row)
                for job in jobs { transaction.tell(.jobChanged(job.link, .killed)) }
                // What a pipeline left that a rebuild could not bring back goes with its outputs.
                guard repo.kind == .user, pipeline == nil else { return readers }
                for kind in RepoName.Kind.allCases {
                    if let left = try database.repo(repo.ofKind(kind)) { readers += try transaction.deleteRepo(left) }
                }
                return readers
            }
        }
        await stop(readers, reason: JobReason.deleted(repo))
    }

    /// Stops those of the jobs that run, though they have ended for everybody else.
    func stop(_ jobs: [JobRow], reason: String) async {
        for job in jobs { await scheduler.stop(job.pipeline, job.seq, reason: reason) }
    }

    // MARK: Branches

    public func createBranch(_ branch: Branch, head: CommitReference?, ifHead: HeadCondition?) async throws -> BranchInfo {
        try await ledger.write { transaction in
            try ifHead?.require(transaction.database.head(of: branch)?.id, of: branch)
            let row = try head.map { try transaction.database.resolve($0) }
            if row == nil, try transaction.database.branch(branch) != nil {
                throw PachError(
                    .alreadyExists, "branch \(quoted(branch.name.description)) already exists in repo \(branch.repo)",
                    hint: "Give --head to move it.")
            }
            try transaction.moveBranch(branch, to: row)
            return try transaction.database.info(of: branch)
        }
    }

    public func inspectBranch(_ branch: Branch) async throws -> BranchInfo {
        try await ledger.read { try $0.info(of: branch) }
    }

    public func listBranches(_ repo: RepoName) async throws -> [BranchInfo] {
        try await ledger.read { database in
            try database.branches(of: database.existingRepo(repo)).map { try database.info(of: $0.branch) }
        }
    }

    public func deleteBranch(_ branch: Branch, force: Bool) async throws {
        try await ledger.freeing { try await ledger.write { try $0.deleteBranch(branch, force: force) } }
    }
}

extension Database {
    /// - Throws: `conflict` where a pipeline writes or reads the repo.
    fileprivate func requireUnused(_ repo: RepoRow, force: Bool) throws {
        guard !force else { return }
        if try pipeline(ofRepo: repo.name) != nil {
            throw PachError(
                .conflict, "repo \(repo.name) is the output of pipeline \(repo.name.base)",
                hint: "Use 'pach delete pipeline \(repo.name.base)'.")
        }
        try requireNoReaders(of: "repo \(repo.name)") { $0.repo == repo.name }
    }

    func info(of repo: RepoRow) throws -> RepoInfo {
        let branches = try branches(of: repo)
        let master = try nearestGood(branches.first { $0.branch.name == .master }?.head)
        return RepoInfo(
            repo: repo.name, created: repo.created, description: repo.description, branches: branches.map(\.branch),
            retention: repo.retention == .all ? nil : repo.retention,
            details: RepoInfo.Details(sizeBytes: master?.size ?? 0))
    }

    func info(of branch: Branch) throws -> BranchInfo {
        let row = try existingBranch(branch)
        let edges = try directProvenance()
        let graph = try provenanceGraph()
        return BranchInfo(
            branch: branch, head: try row.head.map { try commit(seq: $0).link }, provenance: graph.provenance(of: branch).sorted(),
            directProvenance: (edges[branch] ?? []).sorted(), subvenance: graph.subvenance(of: branch).sorted())
    }
}
