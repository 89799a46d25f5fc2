import ArgumentParser
import Model
import Operations

struct Logs: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Print what user code wrote, oldest first.",
        discussion: manual(
            """
            On a terminal control characters are shown as '\\u{…}', but for tabs, returns and colours; piped on, lines are as they were written.

            Examples:
              pach logs --pipeline train -f
              pach logs --job train@5f93d03b65fa421996185e53f7f8b1e4 --raw
            """))

    @Option(name: .shortAndLong, help: "All jobs of this pipeline.", completion: .pipeline)
    var pipeline: String?

    @Option(name: .shortAndLong, help: "One job: pipeline@id, or pipeline@branch for that of its head.", completion: .job)
    var job: String?

    @Option(help: "One datum, by its id; with --job its first digits are enough.")
    var datum: String?

    @Flag(name: .shortAndLong, help: "Go on as lines are written: until the job has ended, or for ever. Needs a server.")
    var follow = false

    @Flag(help: "Also what the engine remarks.")
    var master = false

    @Option(help: ArgumentHelp("Only lines of the last 90s, 1h30m, ….", valueName: "duration"))
    var since: String?

    @Option(
        name: .shortAndLong, parsing: .unconditional, help: ArgumentHelp("Only the last so many lines.", valueName: "number"),
        transform: counting(from: 0))
    var tail: Int?

    @Flag(help: "Print JSON, one object per line: with time, job, datum and stream.")
    var raw = false

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { pipeline.map(Subject.pipeline) ?? job.map(Subject.pipeline(of:)) }

    func validate() throws {
        guard (pipeline != nil) != (job != nil) else { throw ValidationError("Give either --pipeline or --job.") }
    }

    func run(_ connection: Connection, in session: Session) async throws {
        var query = try await query(session.console.now(), connection.engine)
        query.follow = follow && connection.runsJobs
        for try await line in connection.engine.logs(query) {
            try session.console.write(raw ? jsonText(line) + "\n" : shown(line.message, session.console) + "\n")
        }
        if follow, !connection.runsJobs { try await requireEnd(of: query, connection.engine) }
    }

    /// What user code wrote may quote anything that it was given; only where it is piped on is it as it was.
    private func shown(_ message: String, _ console: Console) -> String {
        console.outputColumns == nil ? message : harmless(message)
    }

    /// - Throws: where more lines would have to be waited for.
    private func requireEnd(of query: LogQuery, _ engine: any Operations) async throws {
        guard let job = query.job else { throw endlessWait("the lines of pipeline \(query.pipeline) cannot be followed") }
        let info = try await engine.inspectJob(query.pipeline, job, wait: false)
        guard info.state.isTerminal else { throw endlessWait("job \(info.job) has not ended") }
    }

    private func query(_ now: Timestamp, _ engine: any Operations) async throws -> LogQuery {
        let reference = try job.map { try parsing(JobReference($0)) }
        // One of the two is there, as validated.
        let pipeline = try reference?.pipeline ?? parsing(PipelineName(pipeline ?? ""))
        var query = LogQuery(
            pipeline: pipeline, job: try await reference?.id(in: engine), master: master, tail: tail,
            since: try since.map { now.advanced(by: .zero - (try duration($0, option: "--since"))) })
        if let datum {
            query.datum = try await datumID(datum, of: query.job.map { JobLink(pipeline: pipeline, id: $0) }, in: engine)
        }
        return query
    }
}

extension Timestamp {
    fileprivate func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return Timestamp(microseconds: microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
}
