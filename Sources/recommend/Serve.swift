import API
import ArgumentParser
import Logging
import Model
import RecommenderService
import Recommenders
import ServiceLifecycle
import Web

/// `recommend serve`: the HTTP front.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes ratings and requests over HTTP, and answers with estimates, until stopped.",
        discussion: """
            A client of 'pach serve': ratings become commits of the repo 'training', requests of 'streaming', and results are read from \
            'predict'. The repos are created where they are missing; the pipelines 'train' and 'predict' are created by hand. \
            Nobody is asked for a token here.
            """)

    @Option(
        help: ArgumentHelp("Where to accept requests; port 0 takes any free one. (default: 127.0.0.1:8082)", valueName: "host:port"),
        transform: { text in try asUsage { () throws(PachError) in try ListenAddress(parsing: text) } })
    var listen = ListenAddress(host: "127.0.0.1", port: 8082)

    @OptionGroup var engine: EngineAddress

    @Option(
        help: ArgumentHelp(
            "Requests that a new model estimates anew: a number of the newest, an age such as 24h, or all. (default: 1000)",
            valueName: "what"),
        transform: { text in try asUsage { () throws(PachError) in try Keep(parsing: text) } })
    var keep = Keep.number(1000)

    @Option(
        help: ArgumentHelp(
            "Least and greatest rating that '/train' takes, or any: whoever reaches it can then spoil the model. (default: 0.5,5)",
            valueName: "min,max"),
        transform: { text in try asUsage { () throws(RecommenderError) in try TakenRatings(text) } })
    var scale = TakenRatings.on(.halfStars)

    @Option(help: ArgumentHelp("A further name that clients may use for this host; may be given several times.", valueName: "name"))
    var knownAs: [String] = []

    /// What '--scale' says.
    enum TakenRatings {
        case any
        case on(RatingScale)

        init(_ text: String) throws(RecommenderError) {
            self = text == "any" ? .any : .on(try RatingScale(text))
        }

        var limits: RatingScale? {
            switch self {
            case .any: nil
            case .on(let scale): scale
            }
        }
    }

    func run() async throws {
        do {
            try await serve()
        } catch let error as PachError {
            throw Failure(error)
        }
    }

    private func serve() async throws {
        let client = try engine.connect()
        let waiting = try engine.connect()
        let log = LogStream()
        // When servers and services start and stop is of no interest to whoever started the program.
        let logger = log.logger(label: "recommend", level: .notice)
        let front = RecommenderFront(
            engine: client, waiting: waiting,
            configuration: FrontConfiguration(address: listen, knownAs: knownAs, keep: keep, scale: scale.limits), logger: logger
        ) { port in
            Terminal.note("recommend: listening on \(listen.url(port: port))")
        }
        try await runServices(
            [.init(service: front, successTerminationBehavior: .gracefullyShutdownGroup)], logger: logger, log: log
        ) {
            for client in [client, waiting] { try await client.close() }
        }
    }
}
