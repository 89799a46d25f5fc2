/// What a user says of a pipeline: when data lands in these repos, run this over its pieces and commit what it writes.
///
/// The field names in JSON are Pachyderm's, in snake_case. Fields that have their default are not written.
public struct PipelineSpec: Sendable, Hashable {
    /// When datums that were processed before are processed again.
    public enum Reprocess: String, Sendable, Hashable, Codable, CaseIterable {
        /// A datum that was processed well is skipped.
        case untilSuccess = "until_success"
        /// Each job processes all of its datums.
        case everyJob = "every_job"
    }

    /// Which of the jobs that wait are run. Ours: Pachyderm runs all.
    public enum Jobs: String, Sendable, Hashable, Codable, CaseIterable {
        /// Each, in the order of the commits.
        case all
        /// Only the newest; the others end as superseded.
        case latest
    }

    /// What a number is where a spec does not name it.
    public enum Defaults {
        /// One worker.
        public static let parallelism = 1
        /// Three attempts at a datum.
        public static let datumTries = 3
    }

    /// The pipeline's name, which its output repo takes: `pipeline.name`.
    public var name: PipelineName
    /// Free text for people.
    public var description: String
    /// What is run.
    public var transform: Transform
    /// Over which data.
    public var input: PipelineInput
    /// The number of workers: `parallelism_spec.constant`.
    public var parallelism: Int
    /// The branch of the output repo that the pipeline writes.
    public var outputBranch: BranchName
    /// The longest time that one attempt at a datum may take.
    public var datumTimeout: SpecDuration?
    /// Attempts at a datum before it counts as failed.
    public var datumTries: Int
    /// The longest time that a job may take; one that takes longer is killed.
    public var jobTimeout: SpecDuration?
    /// Part of each datum's hash; where the spec has none, the engine makes one when it creates the pipeline.
    public var salt: String?
    /// Whether datums that were processed before are skipped: `reprocess_spec`.
    public var reprocess: Reprocess
    /// Which of the jobs that wait are run.
    public var jobs: Jobs
    /// Whether user code sees the pipeline's own last good output. Ours: Pachyderm has no such field.
    public var previous: Bool
    /// Fields that mean nothing here, kept as they were given and not used: see `recordedFields`.
    public var recorded: [String: JSONValue]

    /// The fields that are recorded, not used: they are about Kubernetes, or, as `datum_set_spec`, about how datums are dealt to workers.
    /// The last six are those of Pachyderm 1.x.
    public static let recordedFields = [
        "metadata", "resource_requests", "resource_limits", "sidecar_resource_requests", "sidecar_resource_limits", "scheduling_spec",
        "tolerations", "autoscaling", "datum_set_spec", "standby", "cache_size", "enable_stats", "max_queue_size", "hashtree_spec",
        "chunk_spec",
    ]

    public init(
        name: PipelineName, description: String = "", transform: Transform, input: PipelineInput,
        parallelism: Int = Defaults.parallelism, outputBranch: BranchName = .master, datumTimeout: SpecDuration? = nil,
        datumTries: Int = Defaults.datumTries, jobTimeout: SpecDuration? = nil, salt: String? = nil, reprocess: Reprocess = .untilSuccess,
        jobs: Jobs = .all, previous: Bool = false, recorded: [String: JSONValue] = [:]
    ) {
        self.name = name
        self.description = description
        self.transform = transform
        self.input = input
        self.parallelism = parallelism
        self.outputBranch = outputBranch
        self.datumTimeout = datumTimeout
        self.datumTries = datumTries
        self.jobTimeout = jobTimeout
        self.salt = salt
        self.reprocess = reprocess
        self.jobs = jobs
        self.previous = previous
        self.recorded = recorded
    }

    /// The fields that the spec names and nothing here uses, in the order of their names.
    public var unusedFields: [String] {
        let given = [("image", transform.image != nil), ("user", transform.user != nil), ("debug", transform.debug)]
        let ofTransform = given.filter(\.1).map(\.0) + transform.recorded.keys
        return (recorded.keys + ofTransform.map { "transform.\($0)" }).sorted()
    }

    /// The fields that mean nothing beside others, or beside what the engine does, in the order of their names.
    public var overruledFields: [String] {
        let inputs = input.pfsInputs.flatMap { [$0.name, EngineVariable.commit(ofInput: $0.name)] }
        let variables = transform.env.keys.filter { EngineVariable(rawValue: $0) != nil || inputs.contains($0) }
        let hasErrorCommand = !transform.errCmd.isEmpty && !transform.datumBatching
        let given = [
            ("accept_return_code", !transform.acceptReturnCode.isEmpty && transform.datumBatching),
            ("err_cmd", !transform.errCmd.isEmpty && !hasErrorCommand), ("err_stdin", !transform.errStdin.isEmpty && !hasErrorCommand),
        ]
        return (variables.map { "env.\($0)" } + given.filter(\.1).map(\.0)).map { "transform.\($0)" }.sorted()
    }

    /// The branch that the pipeline writes.
    public var output: Branch { Branch(repo: name.repo(), name: outputBranch) }
}

extension PipelineSpec: Codable {
    private enum CodingKeys: String, CodingKey {
        case pipeline, description, transform, input, salt, jobs, previous
        case parallelismSpec = "parallelism_spec"
        case outputBranch = "output_branch"
        case datumTimeout = "datum_timeout"
        case datumTries = "datum_tries"
        case jobTimeout = "job_timeout"
        case reprocessSpec = "reprocess_spec"
    }

    private struct Pipeline: Codable {
        var name: PipelineName
    }

    private struct ParallelismSpec: Codable {
        var constant: Int
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try container.decode(Pipeline.self, forKey: .pipeline).name,
            description: try container.decodeIfPresent(String.self, forKey: .description) ?? "",
            transform: try container.decode(Transform.self, forKey: .transform),
            input: try container.decode(PipelineInput.self, forKey: .input),
            parallelism: try container.decodeIfPresent(ParallelismSpec.self, forKey: .parallelismSpec)?.constant ?? Defaults.parallelism,
            outputBranch: try container.decodeIfPresent(BranchName.self, forKey: .outputBranch) ?? .master,
            datumTimeout: try container.decodeIfPresent(SpecDuration.self, forKey: .datumTimeout),
            datumTries: try container.decodeIfPresent(Int.self, forKey: .datumTries) ?? Defaults.datumTries,
            jobTimeout: try container.decodeIfPresent(SpecDuration.self, forKey: .jobTimeout),
            salt: try container.decodeIfPresent(String.self, forKey: .salt),
            reprocess: try container.decodeIfPresent(Reprocess.self, forKey: .reprocessSpec) ?? .untilSuccess,
            jobs: try container.decodeIfPresent(Jobs.self, forKey: .jobs) ?? .all,
            previous: try container.decodeIfPresent(Bool.self, forKey: .previous) ?? false,
            recorded: try JSONValue.members(Self.recordedFields, from: decoder))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Pipeline(name: name), forKey: .pipeline)
        if !description.isEmpty { try container.encode(description, forKey: .description) }
        try container.encode(transform, forKey: .transform)
        try container.encode(input, forKey: .input)
        if parallelism != Defaults.parallelism {
            try container.encode(ParallelismSpec(constant: parallelism), forKey: .parallelismSpec)
        }
        if outputBranch != .master { try container.encode(outputBranch, forKey: .outputBranch) }
        try container.encodeIfPresent(datumTimeout, forKey: .datumTimeout)
        if datumTries != Defaults.datumTries { try container.encode(datumTries, forKey: .datumTries) }
        try container.encodeIfPresent(jobTimeout, forKey: .jobTimeout)
        try container.encodeIfPresent(salt, forKey: .salt)
        if reprocess != .untilSuccess { try container.encode(reprocess, forKey: .reprocessSpec) }
        if jobs != .all { try container.encode(jobs, forKey: .jobs) }
        if previous { try container.encode(previous, forKey: .previous) }
        try JSONValue.encode(recorded, to: encoder)
    }
}
