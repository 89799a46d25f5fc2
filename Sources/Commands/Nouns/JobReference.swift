import Model
import Operations

/// A job as a command line names it, by its output commit: `pipeline@id`, or any other way to name that commit, such as `pipeline@master^`.
struct JobReference {
    let pipeline: PipelineName
    private let commit: CommitReference

    init(_ text: String) throws {
        guard text.contains("@") else {
            throw PachError(
                .invalidArgument, "\(quoted(text)) does not name a job",
                hint: CommitID(text) == nil
                    ? "Write \(text)@job-id, or \(text)@branch for that of its head; 'pach list job -p \(text)' shows the ids."
                    : "Write pipeline@\(text); 'pach list job \(text)' shows whose jobs have the id.")
        }
        commit = try CommitReference(text)
        pipeline = try PipelineName(commit.repo.description)
    }

    /// The job's id, which is its commit's.
    func id(in engine: any Operations) async throws -> JobID {
        if case .commit(let id) = commit.start, commit.steps.isEmpty { return id }
        return try await engine.inspectCommit(commit, wait: false).commit.id
    }
}
