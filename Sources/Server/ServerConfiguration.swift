public import Model
public import Operations
public import Web

/// How a server is to be reached, and how much it bears.
public struct ServerConfiguration: Sendable {
    /// The address to listen on: a name or an IP address. `0.0.0.0` and `::` stand for all of the machine's.
    public var host: String
    /// 0 for a free one.
    public var port: Int
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
        host: String = "127.0.0.1", port: Int = 1650, token: String, knownAs: [String] = [], limits: Limits = Limits(),
        metrics: MetricsRegistry = MetricsRegistry(), health: RootHealth = RootHealth()
    ) {
        precondition(!token.isEmpty, "a server has a token")
        self.host = host
        self.port = port
        self.token = token
        self.knownAs = knownAs
        self.limits = limits
        self.metrics = metrics
        self.health = health
    }

    /// What a client may use up.
    public struct Limits: Sendable {
        /// When there are so many, the one that has idled longest is closed to make room for the next; while all have a request at work, the one
        /// whose client has been slow longest; while none is, more wait to be accepted.
        /// Half of the descriptors that a process commonly may open (1024).
        public var connectionCountMax = 512
        /// A connection that idles for a shorter time is not closed to make room: its next request may be on its way.
        public var connectionIdleMin = Duration.seconds(1)
        /// Of all headers of a request together, and of its target.
        public var headerByteCountMax = 64 * 1024
        /// Of a JSON body.
        public var bodyByteCountMax = 1024 * 1024
        /// How long a client may take to send a whole request head, and a connection idle; how far it may fall behind `clientByteRateMin` in
        /// sending a body that we wait for, and in taking an answer.
        public var clientPatience = Duration.seconds(60)
        /// Bytes a second, at least 1.
        public var clientByteRateMin = 1024
        /// A client is slow that falls so far behind `crowdedByteRateMin` in sending a body that we wait for, or in taking an answer.
        public var crowdedPatience = Duration.seconds(10)
        /// Bytes a second, at least 1.
        public var crowdedByteRateMin = 16 * 1024
        /// How long requests may go on once the server is told to stop; then they are cancelled.
        public var stopPatience = Duration.seconds(10)
        /// Of an upload that was refused: so many bytes are read and dropped, so that the client comes to read the answer.
        public var refusedUploadByteCountMax: Int64 = 16 * 1024 * 1024

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
