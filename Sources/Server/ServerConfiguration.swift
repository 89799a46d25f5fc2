public import Model
public import Operations
public import Web

/// How a server is to be reached, and how much it bears.
public struct ServerConfiguration: Sendable {
    public var address: ListenAddress
    /// What requests below `/v1` must bring; not empty.
    public var token: String
    /// Further names that clients may know the server by, each as `name` or `name:port`.
    ///
    /// A request for another name is refused: it may be a web page's whose name was made to point here (DNS rebinding).
    public var knownAs: [String]
    public var limits: Limits
    /// What `/metrics` shows.
    public var metrics: MetricsRegistry
    /// What `/readyz` and `/metrics` tell of the data root.
    public var health: RootHealth

    public init(
        address: ListenAddress = ListenAddress(host: "127.0.0.1", port: 1650), token: String, knownAs: [String] = [],
        limits: Limits = Limits(), metrics: MetricsRegistry = MetricsRegistry(), health: RootHealth = RootHealth()
    ) {
        precondition(!token.isEmpty, "a server has a token")
        self.address = address
        self.token = token
        self.knownAs = knownAs
        self.limits = limits
        self.metrics = metrics
        self.health = health
    }

    /// What a client may use up.
    public struct Limits: Sendable {
        /// Half of the descriptors that a process commonly may open (1024).
        public var connections = ConnectionLimits(countMax: 512, headerByteCountMax: 64 * 1024)
        /// Of a JSON body.
        public var bodyByteCountMax = 1024 * 1024
        /// Of an upload that was refused: so many bytes are read and dropped, so that the client comes to read the answer.
        public var refusedUploadByteCountMax: Int64 = 16 * 1024 * 1024

        /// Archives of pipelines with their code that are in memory at a time, each as large as its code may be; further ones are read after them.
        public var pipelineArchiveCountMax = 4

        public init() {}
    }
}

/// How a data root is, as whoever has no token may hear it too.
public struct RootHealth: Sendable {
    /// How many repos cannot be read or published. Which these are clients learn with a token.
    public var failingRepoCount: @Sendable () async throws -> Int
    /// Why no change is taken before somebody acts; nil while changes are taken.
    public var standstill: @Sendable () async -> PachError?
    /// What is known of jobs. Which pipelines there are clients learn with a token.
    public var jobFigures: @Sendable () async throws -> JobFigures

    public init(
        failingRepoCount: @escaping @Sendable () async throws -> Int = { 0 },
        standstill: @escaping @Sendable () async -> PachError? = { nil },
        jobFigures: @escaping @Sendable () async throws -> JobFigures = { JobFigures() }
    ) {
        self.failingRepoCount = failingRepoCount
        self.standstill = standstill
        self.jobFigures = jobFigures
    }
}
