public enum JobState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Waits for its inputs or for its pipeline's earlier jobs.
    case created = "JOB_CREATED"
    /// Its datums are being planned.
    case starting = "JOB_STARTING"
    /// Its datums are being processed.
    case running = "JOB_RUNNING"
    /// Its output commit is being made.
    case finishing = "JOB_FINISHING"
    case success = "JOB_SUCCESS"
    case failure = "JOB_FAILURE"
    /// Stopped by a user, by its time limit, by a newer spec, or superseded by a newer job.
    case killed = "JOB_KILLED"
    /// An input commit ended with an error.
    case unrunnable = "JOB_UNRUNNABLE"

    public var isTerminal: Bool {
        switch self {
        case .created, .starting, .running, .finishing: false
        case .success, .failure, .killed, .unrunnable: true
        }
    }

    /// The word used in tables and options: `success`.
    public var word: String { rawValue.dropFirst("JOB_".count).lowercased() }
}

public enum DatumState: String, Sendable, Hashable, Codable, CaseIterable {
    case starting = "STARTING"
    case success = "SUCCESS"
    case failed = "FAILED"
    case skipped = "SKIPPED"
    /// Failed, but its `err_cmd` succeeded: no output, and the job goes on.
    case recovered = "RECOVERED"
    /// Its job ended without telling of it, as one that was stopped does.
    case unknown = "UNKNOWN"

    public var word: String { rawValue.lowercased() }
}

public enum PipelineState: String, Sendable, Hashable, Codable, CaseIterable {
    case running = "PIPELINE_RUNNING"
    /// Stopped by a user.
    case paused = "PIPELINE_PAUSED"
    /// A repo or branch that it needs was deleted by force: no job comes, or none that could end well.
    case failure = "PIPELINE_FAILURE"

    public var word: String { rawValue.dropFirst("PIPELINE_".count).lowercased() }
}

/// What processing cost.
public struct ProcessStatistics: Sendable, Hashable, Codable {
    public var downloadBytes: Int64 = 0
    public var uploadBytes: Int64 = 0
    /// Seconds spent laying out inputs.
    public var downloadSeconds: Double = 0
    /// Seconds spent in user code.
    public var processSeconds: Double = 0
    /// Seconds spent taking in outputs.
    public var uploadSeconds: Double = 0

    enum CodingKeys: String, CodingKey {
        case downloadBytes = "download_bytes"
        case uploadBytes = "upload_bytes"
        case downloadSeconds = "download_time"
        case processSeconds = "process_time"
        case uploadSeconds = "upload_time"
    }

    public init() {}

    public static func += (left: inout ProcessStatistics, right: ProcessStatistics) {
        left.downloadBytes += right.downloadBytes
        left.uploadBytes += right.uploadBytes
        left.downloadSeconds += right.downloadSeconds
        left.processSeconds += right.processSeconds
        left.uploadSeconds += right.uploadSeconds
    }
}

/// Numbers of datums of a job, by outcome.
public struct DatumCounts: Sendable, Hashable {
    public var total = 0
    public var processed = 0
    public var skipped = 0
    public var failed = 0
    public var recovered = 0

    public init() {}
}

public struct PipelineLink: Sendable, Hashable, Codable {
    public var name: PipelineName
    public init(name: PipelineName) { self.name = name }
}

public struct JobLink: Sendable, Hashable, Codable, CustomStringConvertible {
    public var pipeline: PipelineLink
    public var id: JobID

    public init(pipeline: PipelineName, id: JobID) {
        self.pipeline = PipelineLink(name: pipeline)
        self.id = id
    }

    public var description: String { "\(pipeline.name)@\(id)" }
}

public struct JobInfo: Sendable, Hashable, Codable {
    public struct Details: Sendable, Hashable, Codable {
        public var transform: Transform
        public var input: PipelineInput
        /// Seconds from the first look at the inputs until the datums to process were known.
        public var planningSeconds: Double?

        enum CodingKeys: String, CodingKey {
            case transform, input
            case planningSeconds = "planning_time"
        }

        public init(transform: Transform, input: PipelineInput, planningSeconds: Double?) {
            self.transform = transform
            self.input = input
            self.planningSeconds = planningSeconds
        }
    }

    public var job: JobLink
    public var pipelineVersion: Int
    public var outputCommit: CommitLink
    /// Pachyderm's count of the times that a job began anew. Always 0: that a run was cut off is written in the job's log alone.
    public private(set) var restart = 0
    public var dataProcessed: Int
    public var dataSkipped: Int
    public var dataTotal: Int
    public var dataFailed: Int
    public var dataRecovered: Int
    public var stats: ProcessStatistics
    public var state: JobState
    public var reason: String
    public var created: Timestamp
    public var started: Timestamp?
    public var finished: Timestamp?
    public var details: Details?

    enum CodingKeys: String, CodingKey {
        case job, restart, stats, state, reason, created, started, finished, details
        case pipelineVersion = "pipeline_version"
        case outputCommit = "output_commit"
        case dataProcessed = "data_processed"
        case dataSkipped = "data_skipped"
        case dataTotal = "data_total"
        case dataFailed = "data_failed"
        case dataRecovered = "data_recovered"
    }

    public init(
        job: JobLink, pipelineVersion: Int, outputCommit: CommitLink, counts: DatumCounts, stats: ProcessStatistics, state: JobState,
        reason: String, created: Timestamp, started: Timestamp?, finished: Timestamp?, details: Details?
    ) {
        self.job = job
        self.pipelineVersion = pipelineVersion
        self.outputCommit = outputCommit
        dataProcessed = counts.processed
        dataSkipped = counts.skipped
        dataTotal = counts.total
        dataFailed = counts.failed
        dataRecovered = counts.recovered
        self.stats = stats
        self.state = state
        self.reason = reason
        self.created = created
        self.started = started
        self.finished = finished
        self.details = details
    }
}

/// All jobs that share an id.
public struct JobSetInfo: Sendable, Hashable, Codable {
    public struct ID: Sendable, Hashable, Codable {
        public var id: JobID
        public init(id: JobID) { self.id = id }
    }

    public var jobSet: ID
    public var jobs: [JobInfo]

    enum CodingKeys: String, CodingKey {
        case jobSet = "job_set"
        case jobs
    }

    public init(id: JobID, jobs: [JobInfo]) {
        jobSet = ID(id: id)
        self.jobs = jobs
    }
}

public struct DatumInfo: Sendable, Hashable, Codable {
    public struct Link: Sendable, Hashable, Codable {
        public var job: JobLink
        public var id: Digest
        public init(job: JobLink, id: Digest) {
            self.job = job
            self.id = id
        }
    }

    public var datum: Link
    public var state: DatumState
    /// The datum's hash: equal for equal inputs, code and salt. Nil while its job has not recorded it.
    public var hash: Digest?
    public var stats: ProcessStatistics
    /// The inputs.
    public var data: [FileInfo]
    /// Attempts made in the job that processed it.
    public var tries: Int
    /// Why it failed, or why it was not run.
    public var reason: String
    /// The job that processed it; another than `datum.job` where it was skipped.
    public var processedBy: JobID?

    enum CodingKeys: String, CodingKey {
        case datum, state, hash, stats, data, tries, reason
        case processedBy = "processed_by"
    }

    public init(
        datum: Link, state: DatumState, hash: Digest?, stats: ProcessStatistics, data: [FileInfo], tries: Int, reason: String,
        processedBy: JobID?
    ) {
        self.datum = datum
        self.state = state
        self.hash = hash
        self.stats = stats
        self.data = data
        self.tries = tries
        self.reason = reason
        self.processedBy = processedBy
    }
}

public struct PipelineInfo: Sendable, Hashable, Codable {
    public struct Details: Sendable, Hashable, Codable {
        public var createdAt: Timestamp
        public var description: String
        /// In a sentence, how user code is kept apart, and that an image is recorded and not used.
        public var note: String?
        /// Sentences on what would keep it from its work as things are, and may come later; nil but where it is created, updated or checked.
        public var warnings: [String]?
        public var salt: String

        enum CodingKeys: String, CodingKey {
            case description, note, warnings, salt
            case createdAt = "created_at"
        }

        public init(createdAt: Timestamp, description: String, note: String?, salt: String) {
            self.createdAt = createdAt
            self.description = description
            self.note = note
            self.salt = salt
        }
    }

    public var pipeline: PipelineLink
    /// 1 at creation, one more with each update.
    public var version: Int
    public var specCommit: CommitLink?
    public var stopped: Bool
    public var state: PipelineState
    public var reason: String
    public var lastJobState: JobState?
    public var spec: PipelineSpec
    /// The spec's text as the user gave it.
    public var userSpec: String
    public var details: Details

    enum CodingKeys: String, CodingKey {
        case pipeline, version, stopped, state, reason, details
        case specCommit = "spec_commit"
        case lastJobState = "last_job_state"
        case spec = "effective_spec"
        case userSpec = "user_spec_json"
    }

    public init(
        pipeline: PipelineName, version: Int, specCommit: CommitLink?, stopped: Bool, state: PipelineState, reason: String,
        lastJobState: JobState?, spec: PipelineSpec, userSpec: String, details: Details
    ) {
        self.pipeline = PipelineLink(name: pipeline)
        self.version = version
        self.specCommit = specCommit
        self.stopped = stopped
        self.state = state
        self.reason = reason
        self.lastJobState = lastJobState
        self.spec = spec
        self.userSpec = userSpec
        self.details = details
    }
}

/// One line of a job's log.
public struct LogMessage: Sendable, Hashable, Codable {
    public enum Source: String, Sendable, Hashable, Codable {
        /// Standard output of user code.
        case stdout
        /// Standard error of user code.
        case stderr
        /// The engine's own remarks on the job.
        case master
    }

    public var pipelineName: PipelineName
    public var jobID: JobID
    public var datumID: Digest?
    public var workerID: String?
    public var source: Source
    /// Whether user code wrote it.
    public var user: Bool { source != .master }
    public var time: Timestamp
    public var message: String

    enum CodingKeys: String, CodingKey {
        case pipelineName = "pipeline_name"
        case jobID = "job_id"
        case datumID = "datum_id"
        case workerID = "worker_id"
        case source
        case time = "ts"
        case message
    }

    public init(
        pipelineName: PipelineName, jobID: JobID, datumID: Digest?, workerID: String?, source: Source, time: Timestamp, message: String
    ) {
        self.pipelineName = pipelineName
        self.jobID = jobID
        self.datumID = datumID
        self.workerID = workerID
        self.source = source
        self.time = time
        self.message = message
    }
}
