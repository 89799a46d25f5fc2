import ArgumentParser
import Model
import Operations

struct ListPipeline: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "List pipelines, newest first.",
        discussion: manual("Example:\n  pach list pipeline --state failure"), aliases: ["pipelines"])

    @Argument(help: "Only this pipeline.", completion: .pipeline)
    var pipeline: String?

    @Option(help: "Only pipelines in this state; may be repeated.")
    var state: [WordOption<PipelineState>] = []

    @Flag(name: .shortAndLong, help: "Print their specs, as JSON.")
    var spec = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { pipeline.map(Subject.pipeline) }

    func run(_ connection: Connection, in session: Session) async throws {
        var pipelines =
            if let pipeline {
                [try await connection.engine.inspectPipeline(parsing(PipelineName(pipeline)))]
            } else {
                try await connection.engine.listPipelines()
            }
        if !state.isEmpty { pipelines = pipelines.filter { info in state.contains { $0.value == info.state } } }
        guard !spec else {
            let specs = pipelines.map(\.spec)
            return try output.print(specs, session.console) { try specs.map { try jsonText($0, pretty: true) + "\n" }.joined() }
        }
        try output.print(pipelines, session.console) {
            let times = output.times(session.console)
            var table = Table(
                ["NAME", "VERSION", "INPUT", "CREATED", "STATE / LAST JOB", "DESCRIPTION"],
                .cut("DESCRIPTION", to: 11), .cut("INPUT", to: 20), .drop("VERSION"), .drop("DESCRIPTION"), .drop("CREATED"),
                .cut("INPUT", to: 8), .cut("NAME", to: 16))
            for info in pipelines {
                table.append([
                    Cell(info.pipeline.name.description), Cell(String(info.version)), Cell(info.spec.input.displayText),
                    Cell(times.ago(info.details.createdAt)), states(info), Cell(info.details.description),
                ])
            }
            return session.text(table, global)
        }
    }

    private func states(_ info: PipelineInfo) -> Cell {
        let job = info.lastJobState?.word ?? "-"
        return Cell(
            "\(info.state.word) / \(job)",
            colored: info.state.color.applied(to: info.state.word) + " / " + (info.lastJobState?.color.applied(to: job) ?? job))
    }
}

struct InspectPipeline: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "Tell all of a pipeline.",
        discussion: manual("Example:\n  pach inspect pipeline train"),
        aliases: ["pipelines"])

    @Argument(help: "The pipeline's name.", completion: .pipeline)
    var pipeline: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .pipeline(pipeline) }

    func run(_ connection: Connection, in session: Session) async throws {
        let info = try await connection.engine.inspectPipeline(parsing(PipelineName(pipeline)))
        try output.print(info, session.console) { try fields(info, output.times(session.console)) }
    }

    private func fields(_ info: PipelineInfo, _ times: TimeText) throws -> String {
        var fields = Fields()
        fields.add("Name", info.pipeline.name.description)
        if !info.details.description.isEmpty { fields.add("Description", info.details.description) }
        fields.add("Version", info.version)
        fields.add("Created", times.ago(info.details.createdAt))
        fields.add("State", info.state.word)
        fields.add("Reason", info.reason)
        fields.add("Stopped", info.stopped ? "true" : "false")
        fields.add("Last Job", info.lastJobState?.word)
        fields.add("Note", info.details.note)
        fields.add("Parallelism", info.spec.parallelism)
        fields.add("Datum Timeout", info.spec.datumTimeout?.description)
        fields.add("Datum Tries", info.spec.datumTries)
        fields.add("Job Timeout", info.spec.jobTimeout?.description)
        if info.spec.reprocess != .untilSuccess { fields.add("Reprocess", info.spec.reprocess.rawValue) }
        if info.spec.jobs != .all { fields.add("Jobs", info.spec.jobs.rawValue) }
        if info.spec.previous { fields.add("Previous", "true") }
        fields.add("Salt", info.details.salt)
        fields.add("Input", lines: try jsonText(info.spec.input, pretty: true))
        fields.add("Output Branch", info.spec.outputBranch.description)
        fields.add("Transform", lines: try jsonText(info.spec.transform, pretty: true))
        if !info.spec.recorded.isEmpty { fields.add("Recorded", lines: try jsonText(info.spec.recorded, pretty: true)) }
        fields.add("Spec Commit", info.specCommit?.description)
        return fields.text
    }
}

struct DeletePipeline: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "Delete a pipeline with its output repo.",
        discussion: manual("Example:\n  pach delete pipeline train --keep-repo"), aliases: ["pipelines"])

    @Argument(help: "The pipeline's name.", completion: .pipeline)
    var pipeline: String?

    @Flag(help: "Delete all pipelines.")
    var all = false

    @Flag(name: .shortAndLong, help: "Delete it even where another pipeline reads its output.")
    var force = false

    @Flag(help: "Keep the output repo, which then is anybody's to write.")
    var keepRepo = false

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { pipeline.map(Subject.pipeline) }

    func validate() throws {
        guard (pipeline != nil) != all else { throw ValidationError("Name a pipeline, or give --all.") }
    }

    func run(_ connection: Connection, in session: Session) async throws {
        if let pipeline {
            return try await connection.engine.deletePipeline(parsing(PipelineName(pipeline)), keepRepo: keepRepo, force: force)
        }
        for info in readersFirst(try await connection.engine.listPipelines()) {
            try await connection.engine.deletePipeline(info.pipeline.name, keepRepo: keepRepo, force: force)
        }
    }

    /// Each before those whose output it reads, which may be newer: an update gives a pipeline other inputs.
    private func readersFirst(_ pipelines: [PipelineInfo]) -> [PipelineInfo] {
        var result: [PipelineInfo] = []
        var rest = pipelines
        while !rest.isEmpty {
            let read = Set(rest.flatMap(\.inputRepos))
            let isRead = { (info: PipelineInfo) in read.contains { $0.base == info.pipeline.name.description } }
            let unread = rest.filter { !isRead($0) }
            // By branches that were never made some may read one another: that is for the engine to refuse.
            guard !unread.isEmpty else { return result + rest }
            result += unread
            rest = rest.filter(isRead)
        }
        return result
    }
}

extension PipelineInfo {
    /// The repos that it reads. One that is stopped reads none: they may be deleted.
    var inputRepos: [RepoName] { stopped ? [] : spec.input.pfsInputs.map(\.repo) }
}

struct StartPipeline: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "Start a pipeline that was stopped; one job follows, for its inputs as they are then.",
        discussion: manual("Example:\n  pach start pipeline train"),
        aliases: ["pipelines"])

    @Argument(help: "The pipeline's name.", completion: .pipeline)
    var pipeline: String

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .pipeline(pipeline) }

    func run(_ connection: Connection, in session: Session) async throws {
        try await connection.engine.startPipeline(parsing(PipelineName(pipeline)))
        try await session.remarkPendingJobs(connection)
    }
}

struct RerunPipeline: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "Run a pipeline again, over its inputs as they are now.",
        discussion: manual(
            """
            Datums that succeeded before are skipped, unless --reprocess is given: so this tries failed ones again.

            Example:
              pach rerun pipeline train
            """), aliases: ["pipelines"])

    @Argument(help: "The pipeline's name.", completion: .pipeline)
    var pipeline: String

    @Flag(help: "Process all datums again.")
    var reprocess = false

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .pipeline(pipeline) }

    func run(_ connection: Connection, in session: Session) async throws {
        try await connection.engine.rerunPipeline(parsing(PipelineName(pipeline)), reprocess: reprocess)
        try await session.remarkPendingJobs(connection)
    }
}

struct StopPipeline: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "Stop a pipeline: its jobs are killed, and commits make none until it is started.",
        discussion: manual("Example:\n  pach stop pipeline train"), aliases: ["pipelines"])

    @Argument(help: "The pipeline's name.", completion: .pipeline)
    var pipeline: String

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .pipeline(pipeline) }

    func run(_ connection: Connection, in session: Session) async throws {
        try await connection.engine.stopPipeline(parsing(PipelineName(pipeline)))
    }
}
