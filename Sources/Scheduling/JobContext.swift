internal import Datums
internal import GRDB
internal import Ledger
internal import Metadata
internal import Model
internal import Storage

/// Everything that a job's run depends on, as it was when the run began.
struct JobContext: Sendable {
    var job: JobRow
    var version: PipelineVersionRow
    /// The commit that the job makes; open.
    var output: CommitRow
    var outputRepo: RepoRow
    var metaRepo: RepoRow
    /// The trees that are read.
    var inputs: InputTrees
    /// The commits that are read, by branch.
    var inputCommits: [Branch: CommitID]
    /// The last good output, whatever else is left of the job that made it.
    var lastOutput: CommitRow?
    /// What the last good job left, which this one builds on.
    var base: BaseJob?
    /// Whether it may build on `base`; not where that has turned out to be damaged.
    var trustsBase = true
    /// The index of good outputs: a Git commit of the output repo.
    var index: ObjectID?

    var spec: PipelineSpec { version.spec }

    /// Whether the index of good outputs is read and added to. It knows them by the hash alone, which does not say what the job before left,
    /// nor what makes a user want each datum processed in every job.
    var usesIndex: Bool { !spec.previous && spec.reprocess == .untilSuccess }

    /// All repos that the job reads or writes.
    var repos: Set<RepoName> {
        Set(inputs.keys.map(\.repo)).union([outputRepo.name, metaRepo.name, outputRepo.name.ofKind(.spec)])
    }

    var inputCommitsByName: [String: CommitID] {
        var commits: [String: CommitID] = [:]
        for input in spec.input.pfsInputs { commits[input.name] = inputCommits[input.source] }
        return commits
    }
}

/// A job that ended well, seen by the next one.
struct BaseJob: Sendable {
    var job: JobRow
    var version: PipelineVersionRow
    var inputs: InputTrees
    var output: CommitRow
    /// The commit of its datum records.
    var meta: CommitRow

    /// Whether the trees of all that it read are known. A commit may have gone with its repo, which was deleted or made anew: what came of it
    /// could then not be told from what is unchanged. (A branch that had no commit at all gave no datums, so nothing is lost by not building
    /// on such a job.)
    var knowsInputs: Bool { version.spec.input.pfsInputs.allSatisfy { inputs[$0.source] != nil } }
}

extension Database {
    /// - Returns: nil where the job has ended or is gone.
    func jobContext(_ seq: Int64) throws -> JobContext? {
        guard let job = try job(seq: seq), job.finished == nil else { return nil }
        let output = try commit(seq: job.output)
        let inputs = try inputTrees(of: output)
        let outputRepo = try existingRepo(output.repo)
        let lastOutput = try nearestGood(output.parent)
        return JobContext(
            job: job, version: try existingPipelineVersion(of: job.pipelineKey, job.version), output: output, outputRepo: outputRepo,
            metaRepo: try existingRepo(output.repo.ofKind(.meta)), inputs: inputs.trees, inputCommits: inputs.commits,
            lastOutput: lastOutput, base: try lastOutput.flatMap { try baseJob(of: $0) }, index: try ref(RefLayout.datums, in: outputRepo))
    }

    /// What a job reads: of each branch the tree, and the commit that has it.
    func inputTrees(of output: CommitRow) throws -> (trees: InputTrees, commits: [Branch: CommitID]) {
        var trees: InputTrees = [:]
        var commits: [Branch: CommitID] = [:]
        for upstream in try provenance(of: output) where upstream.commit.repo.kind != .spec {
            let branch = Branch(repo: upstream.commit.repo, name: upstream.branch)
            trees[branch] = upstream.commit.tree
            commits[branch] = upstream.commit.id
        }
        return (trees, commits)
    }

    /// - Returns: nil where the job that made the output, its spec or its records are gone.
    private func baseJob(of output: CommitRow) throws -> BaseJob? {
        guard let job = try job(output: output.seq), let version = try pipelineVersion(of: job.pipelineKey, job.version),
            let meta = try commit(Commit(repo: output.repo.ofKind(.meta), id: output.id))
        else { return nil }
        return BaseJob(job: job, version: version, inputs: try inputTrees(of: output).trees, output: output, meta: meta)
    }
}
