public import Model
internal import Synchronization

/// What becomes of a file that is there already.
public enum PutMode: String, Sendable, Hashable, CaseIterable {
    case overwrite
    case append
}

/// Which commit a branch's head must be for a change of the branch to be made, in the moment in which it is made.
public enum HeadCondition: Sendable, Hashable {
    /// Any, but there must be one.
    case exists
    case isOne(of: Set<CommitID>)

    public func holds(for head: CommitID?) -> Bool {
        switch self {
        case .exists: head != nil
        case .isOne(let ids): head.map(ids.contains) ?? false
        }
    }

    /// - Throws: `preconditionFailed` where it does not hold.
    public func require(_ head: CommitID?, of branch: Branch) throws(PachError) {
        guard holds(for: head) else {
            throw PachError(
                .preconditionFailed, "the head of \(quoted(branch.description)) is not the commit that is stated",
                cause: head.map { "it is \($0)" } ?? "it has none", hint: "Read it again and retry.")
        }
    }
}

/// A file that is being sent: its path in the repo and its bytes.
public struct FileUpload: Sendable {
    public var path: FilePath
    /// Size in bytes where it is known beforehand.
    public var sizeBytes: Int64?
    public var content: ByteStream

    public init(path: FilePath, sizeBytes: Int64?, content: ByteStream) {
        self.path = path
        self.sizeBytes = sizeBytes
        self.content = content
    }
}

/// Files that are pulled one after the other. Content that streams is read to its end before the next file is asked for; content that is
/// whole (`ByteStream.whole`) may be read later.
public struct FileUploads: AsyncSequence, Sendable {
    public typealias Element = FileUpload
    public typealias Failure = any Error

    private let pull: @Sendable () async throws -> FileUpload?

    /// - Parameter pull: the next file, or nil at the end. A value of this type is iterated once.
    public init(_ pull: @escaping @Sendable () async throws -> FileUpload?) {
        self.pull = pull
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let pull: @Sendable () async throws -> FileUpload?

        public mutating func next() async throws -> FileUpload? {
            try await pull()
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(pull: pull)
    }

    /// The same files behind some that were pulled already.
    public func preceded(by pulled: [FileUpload]) -> FileUploads {
        let rest = Mutex(pulled[...])
        return FileUploads { [pull] in
            if let next = rest.withLock({ $0.popFirst() }) { return next }
            return try await pull()
        }
    }
}

/// A file on its way out.
public struct FileDownload: Sendable {
    public var info: FileInfo
    /// The part that `content` delivers, in bytes of the file.
    public var range: Range<Int64>
    public var content: ByteStream

    public init(info: FileInfo, range: Range<Int64>, content: ByteStream) {
        self.info = info
        self.range = range
        self.content = content
    }
}

/// What a change of files led to.
public struct ChangeResult: Sendable, Hashable, Codable {
    /// The commit that holds the change; still open where the change went into an open commit.
    public var commit: CommitInfo
    /// Jobs that wait to be run, and that nobody runs unless a server watches or `pach run` is called.
    public var pendingJobs: Int

    enum CodingKeys: String, CodingKey {
        case commit
        case pendingJobs = "pending_jobs"
    }

    public init(commit: CommitInfo, pendingJobs: Int) {
        self.commit = commit
        self.pendingJobs = pendingJobs
    }
}

/// Which commits to list.
public struct CommitQuery: Sendable, Hashable {
    public var repo: RepoName
    /// Begin at this commit and go to its ancestors; nil lists all of the repo, newest first.
    public var to: CommitReference?
    /// Stop before this ancestor; a commit that is none is refused.
    public var from: CommitReference?
    /// At most so many.
    public var number: Int?
    public var origin: CommitOrigin?

    public init(repo: RepoName, to: CommitReference? = nil, from: CommitReference? = nil, number: Int? = nil, origin: CommitOrigin? = nil) {
        self.repo = repo
        self.to = to
        self.from = from
        self.number = number
        self.origin = origin
    }
}

/// Where a subscription to the commits of a branch begins.
public enum SubscriptionStart: Sendable, Hashable {
    /// With the first commit that the branch has, or will have.
    case first
    case after(CommitReference)
    /// With the first that is finished from now on.
    case next
}

/// A file of a pipeline's code, which is stored with its spec.
public struct CodeFile: Sendable, Hashable {
    public var path: FilePath
    public var bytes: [UInt8]
    public var isExecutable: Bool

    public init(path: FilePath, bytes: [UInt8], isExecutable: Bool) {
        self.path = path
        self.bytes = bytes
        self.isExecutable = isExecutable
    }
}

/// What to create or update.
public struct PipelineRequest: Sendable {
    /// The code of one pipeline is at most this large in all.
    public static let codeByteCountMax = 64 * 1024 * 1024
    /// It has at most so many files, and an archive of it so many entries.
    public static let codeFileCountMax = 20_000

    /// One spec, as JSON or YAML text.
    public var spec: String
    /// Where the spec came from, for messages.
    public var fileName: String
    /// The content of `transform.build.path`.
    public var code: [CodeFile]
    /// Replace a pipeline of that name; create it where there is none.
    public var update: Bool
    /// With `update`: process all datums again.
    public var reprocess: Bool
    /// Check and return what would be, and change nothing.
    public var dryRun: Bool

    public init(spec: String, fileName: String, code: [CodeFile] = [], update: Bool = false, reprocess: Bool = false, dryRun: Bool = false)
    {
        self.spec = spec
        self.fileName = fileName
        self.code = code
        self.update = update
        self.reprocess = reprocess
        self.dryRun = dryRun
    }
}

/// Which jobs to list, newest first.
public struct JobQuery: Sendable, Hashable {
    public var pipeline: PipelineName?
    public var id: JobID?
    /// Empty for all.
    public var states: Set<JobState>
    public var number: Int?

    public init(pipeline: PipelineName? = nil, id: JobID? = nil, states: Set<JobState> = [], number: Int? = nil) {
        self.pipeline = pipeline
        self.id = id
        self.states = states
        self.number = number
    }
}

/// Which log lines to read, oldest first.
public struct LogQuery: Sendable, Hashable {
    public var pipeline: PipelineName
    /// Nil: all jobs of the pipeline whose logs are kept.
    public var job: JobID?
    public var datum: Digest?
    /// Include the engine's own remarks.
    public var master: Bool
    /// Stay and deliver lines as they are written, until the job has ended (with `job`) or for ever.
    public var follow: Bool
    /// Only the last so many.
    public var tail: Int?
    public var since: Timestamp?

    public init(
        pipeline: PipelineName, job: JobID? = nil, datum: Digest? = nil, master: Bool = false, follow: Bool = false, tail: Int? = nil,
        since: Timestamp? = nil
    ) {
        self.pipeline = pipeline
        self.job = job
        self.datum = datum
        self.master = master
        self.follow = follow
        self.tail = tail
        self.since = since
    }
}

/// One finding of a check of the data root.
public struct FsckFinding: Sendable, Hashable, Codable {
    public enum Severity: String, Sendable, Hashable, Codable {
        case repaired, damage
    }

    public var severity: Severity
    /// Nil where it concerns the whole data root.
    public var repo: RepoName?
    public var message: String
    /// The object that is damaged or missing.
    public var object: ObjectID?
    /// The newest of the commits that need it.
    public var commits: [CommitLink]
    /// The files or folders of those commits that cannot be read.
    public var files: [FilePath]
    /// The pipelines that made those commits, or made others from them.
    public var pipelines: [PipelineName]

    private init(_ severity: Severity, _ repo: RepoName?, _ message: String) {
        self.severity = severity
        self.repo = repo
        self.message = message
        commits = []
        files = []
        pipelines = []
    }

    /// Something that was put right.
    public static func repaired(in repo: RepoName?, _ message: String) -> FsckFinding { FsckFinding(.repaired, repo, message) }

    /// Something that is not as it should be.
    public static func damage(in repo: RepoName?, _ message: String) -> FsckFinding { FsckFinding(.damage, repo, message) }
}

public struct FsckReport: Sendable, Hashable, Codable {
    public var reposChecked: Int
    public var commitsChecked: Int
    public var objectsChecked: Int
    public var findings: [FsckFinding]

    enum CodingKeys: String, CodingKey {
        case findings
        case reposChecked = "repos_checked"
        case commitsChecked = "commits_checked"
        case objectsChecked = "objects_checked"
    }

    public init(reposChecked: Int = 0, commitsChecked: Int = 0, objectsChecked: Int = 0, findings: [FsckFinding] = []) {
        self.reposChecked = reposChecked
        self.commitsChecked = commitsChecked
        self.objectsChecked = objectsChecked
        self.findings = findings
    }

    /// Whether nothing is damaged.
    public var isClean: Bool { !findings.contains { $0.severity == .damage } }
}

public struct VersionInfo: Sendable, Hashable, Codable {
    /// The version of these programs, which are released together (semver.org).
    public static let current = "0.1.0"

    public var version: String
    /// The newest storage format that is written.
    public var format: Int

    public init(version: String, format: Int) {
        self.version = version
        self.format = format
    }
}
