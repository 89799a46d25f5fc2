public import Recommenders

/// How a front is to be reached, what it keeps, and how much it bears.
public struct FrontConfiguration: Sendable {
    /// The address to listen on: a name or an IP address. `0.0.0.0` and `::` stand for all of the machine's.
    public var host: String
    /// 0 for a free one.
    public var port: Int
    /// Further names that clients may know the front by, each as `name` or `name:port`.
    public var knownAs: [String]
    /// Which requests stay at the head of `streaming`, to be estimated anew by each new model.
    public var keep: Keep
    /// What ratings must be within; nil for any number.
    public var scale: RatingScale?
    public var limits: Limits

    public init(
        host: String = "127.0.0.1", port: Int = 8082, knownAs: [String] = [], keep: Keep = .number(1000), scale: RatingScale? = nil,
        limits: Limits = Limits()
    ) {
        self.host = host
        self.port = port
        self.knownAs = knownAs
        self.keep = keep
        self.scale = scale
        self.limits = limits
    }

    /// What clients may use up.
    public struct Limits: Sendable {
        /// When there are so many, the one that has idled longest is closed to make room for the next; while all have a request at work, the one
        /// whose client has been slow longest; while none is, more wait to be accepted.
        public var connectionCountMax = 1024
        /// A connection that idles for a shorter time is not closed to make room: its next request may be on its way.
        public var connectionIdleMin = Duration.seconds(1)
        /// Of all headers of a request together, and of its target.
        public var headerByteCountMax = 16 * 1024
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
        /// The longest time that a client may ask to wait for a result.
        public var resultPatienceMax = Duration.seconds(60)
        /// Waits that the engine is asked for at a time; further ones queue up behind them.
        public var engineWaitCountMax = 32
        /// How long lies between two looks for the first job of a pipeline that was not there when a request came.
        public var resultPollInterval = Duration.seconds(1)
        /// Of a result: some 20 bytes a line more than its request.
        public var resultByteCountMax = 4 * 1024 * 1024
        /// Requests whose commit is remembered; that of older ones is looked up.
        public var rememberedRequestCountMax = 65_536
        /// How long a client may take to send a whole request head, and a connection idle; how far it may fall behind `clientByteRateMin` in
        /// sending a body that we wait for, and in taking an answer.
        public var clientPatience = Duration.seconds(60)
        /// Bytes a second, at least 1.
        public var clientByteRateMin = 1024
        /// A client is slow that falls so far behind `crowdedByteRateMin` in sending a body that we wait for, or in taking an answer.
        public var crowdedPatience = Duration.seconds(10)
        /// Bytes a second, at least 1.
        public var crowdedByteRateMin = 16 * 1024
        /// How long requests may go on once the front is told to stop; then they are cancelled.
        public var stopPatience = Duration.seconds(10)

        public init() {}
    }
}
