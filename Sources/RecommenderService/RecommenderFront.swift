public import Logging
import Model
public import Operations
public import ServiceLifecycle
import Web

/// The recommender's HTTP front on an engine. It listens once it is run.
///
/// On graceful shutdown it accepts no more connections, ends waits for results at once, lets other requests finish for
/// `limits.connections.stopPatience`, and then cancels them. The engine is not closed.
public struct RecommenderFront: Service {
    private let engine: any Operations
    private let waiting: any Operations
    private let configuration: FrontConfiguration
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - waiting: the same engine, for waits. Where it is behind a server, give it connections of its own, so that nothing queues up
    ///     behind those who wait.
    ///   - onListening: called with the port, once connections are accepted.
    public init(
        engine: any Operations, waiting: any Operations, configuration: FrontConfiguration, logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.engine = engine
        self.waiting = waiting
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
    }

    public func run() async throws {
        try await withStopPatience(configuration.limits.connections.stopPatience, serve)
    }

    private func serve() async throws {
        let repos = try Repos(engine: engine)
        try await repos.prepare()
        if let missing = try await repos.missing() {
            logger.warning("\(missing.message): requests wait until it is created", metadata: ["hint": "\(missing.hint ?? "")"])
        }

        let limits = configuration.limits
        let metrics = FrontMetrics()
        let (additions, added) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let training = CommitLane(
            repos.training, names: NameClock(.train, after: try await repos.newestTime(in: repos.training)), engine: engine, limits: limits
        ) { placed, _ in metrics.recordCommit(repo: "training", requests: placed.count) }
        let recent = RecentRequests(capacity: limits.rememberedRequestCountMax)
        let streaming = CommitLane(
            repos.streaming, names: NameClock(.predict, after: try await repos.newestTime(in: repos.streaming)), engine: engine,
            limits: limits
        ) { placed, total in
            metrics.recordCommit(repo: "streaming", requests: placed.count)
            for request in placed { recent.insert(request) }
            added.yield(total)
        }
        let routes = Routes(
            ratings: .ratings(scale: configuration.scale, limits: limits), requests: .requests(limits: limits), training: training,
            streaming: streaming,
            results: ResultFinder(
                requests: repos.streaming, results: repos.predict, engine: engine, waiting: waiting, recent: recent, limits: limits,
                logger: logger),
            waits: WaitLimit(limits.waitingClientCountMax), repos: repos, engine: engine, metrics: metrics, limits: limits)
        let dispatcher = Dispatcher(
            routes: routes.table, hostCheck: HostCheck(configuration.address, knownAs: configuration.knownAs), metrics: metrics,
            limits: limits, logger: logger, engineLog: RareLog(logger))
        let listener = HTTPListener(
            configuration.address, limits: limits.connections, logger: logger, onListening: onListening
        ) { request, writer, channel in
            try await dispatcher.respond(to: request, writer: writer, channel: channel)
        }
        let keeper = Keeper(
            configuration.keep, lane: streaming, recent: recent, engine: engine, additions: additions, pauseMin: limits.keepPauseMin,
            logger: logger)

        async let keeping: Void = keeper.run()
        try await listener.run()
        added.finish()
        await keeping
    }
}
