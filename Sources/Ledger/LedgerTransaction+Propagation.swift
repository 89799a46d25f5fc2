public import GRDB
public import Metadata
public import Model
public import Provenance

extension LedgerTransaction {
    /// Commits of one pipeline that may be open: those whose jobs wait, and those of jobs that were superseded, which are finished with the one
    /// that runs, all in one transaction. Above it writers are told to come back later.
    public static let backlogCountMax = 10_000

    /// Opens the output commits that follow from new heads of `branches`, all with the id, and records their jobs. The whole of
    /// the DAG below is opened at once, in the transaction that moves the heads.
    public func propagate(from branches: Set<Branch>, id: CommitID) throws {
        guard try branches.contains(where: { try database.hasSubvenance($0) }) else { return }
        // What other pipelines there are does not matter: a commit costs what follows from it.
        let edges = try database.directProvenance(below: branches)
        for output in try ProvenanceGraph(directProvenance: edges).downstream(of: branches) {
            guard let pipeline = try database.pipeline(ofRepo: output.repo), !pipeline.stopped else { continue }
            // Without its output repo a pipeline makes nothing, as 'pach fsck' tells; its inputs can be written all the same.
            guard let repo = try database.repo(output.repo) else { continue }
            // Two heads of one set lead here once.
            if try database.commit(Commit(repo: output.repo, id: id)) != nil { continue }
            let head = try database.head(of: output)
            guard try database.countOpen(from: head, limit: Self.backlogCountMax) < Self.backlogCountMax else {
                throw PachError(
                    .overloaded, "\(Self.backlogCountMax) commits of pipeline \(pipeline.name) are open already",
                    hint: "Try again once a job has ended; 'pach list job -p \(pipeline.name)' shows them.")
            }
            var provenance: [(seq: Int64, branch: BranchName)] = []
            for upstream in edges[output] ?? [] {
                guard let head = try database.branch(upstream)?.head else { continue }
                provenance.append((seq: head, branch: upstream.name))
            }
            let commit = try openCommit(
                id, on: output.name, in: repo, parent: head, origin: .auto, description: "",
                provenance: provenance)
            let job = try database.insertJob(pipeline: pipeline, id: id, output: commit.seq, created: now)
            tell(.jobChanged(job.link, job.state))
        }
    }

    /// Ends a job of which no output came: its commit gets an error.
    public func endJob(_ job: JobRow, _ state: JobState, reason: String) throws {
        var job = job
        let output = try database.commit(seq: job.output)
        job.state = state
        job.reason = reason
        job.finished = now
        try database.updateJob(job)
        if !output.isFinished { try fail(output, error: reason) }
        tell(.jobChanged(job.link, state))
    }
}

extension Database {
    /// The DAG of branches, as pipelines that are not stopped span it.
    public func provenanceGraph() throws -> ProvenanceGraph {
        try ProvenanceGraph(directProvenance: directProvenance())
    }
}
