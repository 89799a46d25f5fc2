public import Model
public import Recommenders
public import Web

/// How a front is to be reached, what it keeps, and how much it bears.
public struct FrontConfiguration: Sendable {
    public var address: ListenAddress
    /// Further names that clients may know the front by, each as `name` or `name:port`.
    public var knownAs: [String]
    /// Which requests stay at the head of `streaming`, to be estimated anew by each new model.
    public var keep: Keep
    /// What ratings must be within; nil for any number. Nobody is asked for a token, and one rating of 1e9 spoils a model.
    public var scale: RatingScale?
    public var limits: Limits

    public init(
        address: ListenAddress = ListenAddress(host: "127.0.0.1", port: 8082), knownAs: [String] = [], keep: Keep = .number(1000),
        scale: RatingScale? = .halfStars, limits: Limits = Limits()
    ) {
        self.address = address
        self.knownAs = knownAs
        self.keep = keep
        self.scale = scale
        self.limits = limits
    }

    /// What clients may use up.
    public struct Limits: Sendable {
        public var connections = ConnectionLimits(countMax: 1024, headerByteCountMax: 16 * 1024)
        /// Of a request's body.
        public var bodyByteCountMax = 1024 * 1024
        /// Of a body that was refused: so many bytes are read and dropped, so that the client comes to read the answer.
        public var refusedBodyByteCountMax: Int64 = 16 * 1024 * 1024
        /// Lines of one request.
        public var lineCountMax = 10_000
        /// Of one line.
        public var lineByteCountMax = 1024
        /// Requests that wait for the commit under way; above it clients are told to come back.
        public var waitingRequestCountMax = 4096
        /// Of those requests together.
        public var waitingByteCountMax = 64 * 1024 * 1024
        /// Requests that share one commit.
        public var requestsPerCommitMax = 1000
        /// How long the engine may take to answer what a probe, or beside the wait a request for a result, has to ask it.
        public var engineAnswerTimeMax = Duration.seconds(10)
        /// The longest time that a client may ask to wait for a result.
        public var resultPatienceMax = Duration.seconds(60)
        /// Clients that wait for a result at a time: three quarters of the connections, so that those who wait keep nobody else out.
        public var waitingClientCountMax: Int
        /// Waits that the engine is asked for at a time; further ones queue up behind them.
        public var engineWaitCountMax = 32
        /// How long lies between two looks for the first job of a pipeline that was not there when a request came.
        public var resultPollInterval = Duration.seconds(1)
        /// How long lies at least between two tries to have old requests leave, where the first failed; longer with each failure.
        public var keepPauseMin = Duration.seconds(1)
        /// Of a result: some 20 bytes a line more than its request.
        public var resultByteCountMax = 4 * 1024 * 1024
        /// Requests whose commit is remembered; that of older ones is looked up.
        public var rememberedRequestCountMax = 65_536

        public init() {
            waitingClientCountMax = connections.countMax / 4 * 3
        }
    }
}
