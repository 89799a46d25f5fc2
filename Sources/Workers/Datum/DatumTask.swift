public import Datums
public import Model
public import Storage

/// One datum to process, with all that a worker has to know.
public struct DatumTask: Sendable {
    public var datum: Datum
    public var job: JobLink
    public var spec: PipelineSpec
    /// The commit of each input, by the input's name.
    public var inputCommits: [String: CommitID]
    public var specCommit: CommitID
    /// The pipeline's own last good output, for `previous`.
    public var previous: TreeNode?

    public init(
        datum: Datum, job: JobLink, spec: PipelineSpec, inputCommits: [String: CommitID], specCommit: CommitID, previous: TreeNode?
    ) {
        self.datum = datum
        self.job = job
        self.spec = spec
        self.inputCommits = inputCommits
        self.specCommit = specCommit
        self.previous = previous
    }

    /// The input that `previous` makes: a folder that no repo's name can hide.
    public static let previousName = ".previous"

    /// What user code finds in its environment (Pachyderm's names).
    func environment(_ paths: SandboxPaths) -> [String: String] {
        lastingEnvironment.merging(datumEnvironment(paths)) { _, ofDatum in ofDatum }
    }

    /// The part of it that is the datum's own.
    func datumEnvironment(_ paths: SandboxPaths) -> [String: String] {
        var variables: [String: String] = [:]
        for input in datum.inputs {
            let path = input.path.isRoot ? "" : "/" + input.path.relativeDescription
            variables[input.name] = paths.input(input.name) + path
            if let commit = inputCommits[input.name] { variables[EngineVariable.commit(ofInput: input.name)] = commit.description }
        }
        variables[EngineVariable.datum.rawValue] = datum.id.description
        variables[EngineVariable.job.rawValue] = job.id.description
        variables[EngineVariable.outputCommit.rawValue] = job.id.description
        return variables
    }

    /// The part of it that is the same for all datums of the pipeline's version.
    var lastingEnvironment: [String: String] {
        var variables = spec.transform.env
        variables[EngineVariable.pipeline.rawValue] = job.pipeline.name.description
        variables[EngineVariable.specCommit.rawValue] = specCommit.description
        return variables
    }
}

/// What became of a datum.
public struct DatumResult: Sendable {
    public var state: DatumState
    /// Why it failed or was recovered; empty where it succeeded.
    public var reason: String
    public var tries: Int
    /// What it wrote; empty unless it succeeded.
    public var outputs: [DatumOutput]
    public var stats: ProcessStatistics

    public init(state: DatumState, reason: String = "", tries: Int, outputs: [DatumOutput] = [], stats: ProcessStatistics) {
        self.state = state
        self.reason = reason
        self.tries = tries
        self.outputs = outputs
        self.stats = stats
    }
}
