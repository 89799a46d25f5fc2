import ArgumentParser
import Model
import Operations

struct ListJob: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "job", abstract: "List jobs, newest first.",
        discussion: manual(
            """
            Without an argument: the job sets, each of which holds the jobs that one action caused. With an id: the jobs of that set.

            Example:
              pach list job -p train --state failure
            """), aliases: ["jobs"])

    @Argument(help: "The id of a job set.")
    var id: String?

    @Option(name: .shortAndLong, help: "Only the jobs of this pipeline.", completion: .pipeline)
    var pipeline: String?

    @Option(help: "Only jobs in this state; may be repeated.")
    var state: [WordOption<JobState>] = []

    @Flag(name: [.customShort("x"), .long], help: "Without an argument: the jobs of the sets.")
    var expand = false

    @Option(name: .shortAndLong, parsing: .unconditional, help: "At most so many.", transform: counting(from: 1))
    var number: Int?

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { pipeline.map(Subject.pipeline) }

    func run(_ connection: Connection, in session: Session) async throws {
        let pipeline = try pipeline.map { try parsing(PipelineName($0)) }
        let id = try id.map(jobSetID)
        if pipeline == nil, id == nil, !expand, state.isEmpty {
            let sets = try await connection.engine.listJobSets(number: number)
            return try output.print(sets, session.console) { session.text(table(of: sets, output.times(session.console)), global) }
        }
        let query = JobQuery(pipeline: pipeline, id: id, states: Set(state.map(\.value)), number: number)
        let jobs = try await connection.engine.listJobs(query)
        try output.print(jobs, session.console) { session.text(jobTable(jobs, output.times(session.console)), global) }
    }

    /// Reads the id of a job set; whoever names a pipeline or one of its jobs learns how to ask for those.
    private func jobSetID(_ text: String) throws -> JobID {
        if let id = JobID(text) { return id }
        throw UsageError(
            "\(quoted(text)) is not the id of a job set",
            hint: text.contains("@")
                ? "'pach inspect job \(text)' tells of one job." : "'pach list job -p \(text)' lists the jobs of a pipeline.")
    }

    private func table(of sets: [JobSetInfo], _ times: TimeText) -> Table {
        var table = Table(["ID", "SUBJOBS", "PROGRESS", "CREATED", "MODIFIED"], .drop("CREATED"))
        for set in sets {
            var progress = SetProgress(total: set.jobs.count)
            progress.succeeded = set.jobs.count { $0.state == .success }
            progress.failed = set.jobs.count { $0.state.isTerminal && $0.state != .success }
            table.append([
                Cell(set.jobSet.id.description), Cell(String(set.jobs.count)), progress.cell,
                Cell(times.ago(set.jobs.map(\.created).min())),
                Cell(times.ago(set.jobs.map { $0.finished ?? $0.started ?? $0.created }.max())),
            ])
        }
        return table
    }
}

func jobTable(_ jobs: [JobInfo], _ times: TimeText) -> Table {
    var table = Table(
        ["PIPELINE", "ID", "STARTED", "DURATION", "RESTART", "PROGRESS", "DL", "UL", "STATE"],
        .cut("STATE", to: 11), .drop("UL"), .drop("DL"), .drop("RESTART"), .drop("DURATION"), .drop("STARTED"), .cut("PIPELINE", to: 16))
    for job in jobs {
        table.append([
            Cell(job.job.pipeline.name.description), Cell(job.job.id.description), Cell(times.ago(job.started)),
            Cell(times.span(job.started, job.finished)), Cell(String(job.restart)), Cell(job.progressText),
            Cell(byteText(job.stats.downloadBytes)), Cell(byteText(job.stats.uploadBytes)), Cell(job.stateText, job.state.color),
        ])
    }
    return table
}

extension JobInfo {
    /// `processed + skipped / total`; with recovered ones `processed + skipped + recovered / total`.
    var progressText: String {
        let recovered = dataRecovered > 0 ? " + \(dataRecovered)" : ""
        return "\(dataProcessed) + \(dataSkipped)\(recovered) / \(dataTotal)"
    }

    /// `success`, `killed: stopped by a user`, `failure: failed to process datum:...`.
    var stateText: String {
        guard !reason.isEmpty else { return state.word }
        switch state {
        case .unrunnable where reason.hasPrefix(state.word): return reason
        case .failure where reason.count > 25: return "\(state.word): \(reason.prefix(25).trimmingSuffix(while: \.isWhitespace))..."
        case .failure, .killed, .unrunnable: return "\(state.word): \(reason)"
        default: return state.word
        }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
        self[..<(lastIndex { !isTrimmed($0) }.map { index(after: $0) } ?? startIndex)]
    }
}

struct InspectJob: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "job", abstract: "Tell all of a job.",
        discussion: manual("Example:\n  pach inspect job train@5f93d03b65fa421996185e53f7f8b1e4"), aliases: ["jobs"])

    @Argument(help: "The job: pipeline@id, or pipeline@branch for that of its head; or the id of a job set.", completion: .job)
    var job: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .pipeline(of: job) }

    func run(_ connection: Connection, in session: Session) async throws {
        _ = try await inspectJob(job, wait: false, connection.engine, output, global, session)
    }
}

struct WaitJob: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "job", abstract: "Wait until a job has ended; fails where it did not succeed.",
        discussion: manual(
            """
            A server must be there, which runs it. Without one the command tells at once how the job is, and fails unless it has ended. \
            A job whose place a newer one took did not succeed: it made no output. Its reason names the newer one.

            Example:
              pach wait job train@5f93d03b65fa421996185e53f7f8b1e4
            """), aliases: ["jobs"])

    @Argument(help: "The job: pipeline@id, or pipeline@branch for that of its head; or the id of a job set.", completion: .job)
    var job: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .pipeline(of: job) }

    func run(_ connection: Connection, in session: Session) async throws {
        let jobs = try await inspectJob(job, wait: connection.runsJobs, connection.engine, output, global, session)
        if let waiting = jobs.first(where: { !$0.state.isTerminal }) { throw endlessWait("job \(waiting.job) has not ended") }
        if jobs.contains(where: { $0.state != .success }) { throw ExitCode.failure }
    }
}

/// Prints a job or, named by an id alone, the jobs of a set.
private func inspectJob(
    _ text: String, wait: Bool, _ engine: any Operations, _ output: OutputOptions, _ global: GlobalOptions, _ session: Session
) async throws -> [JobInfo] {
    // It is asked what time it is when the text is made: a wait may have taken long.
    if let id = JobID(text) {
        let set = try await engine.inspectJobSet(id, wait: wait)
        try output.print(set, session.console) { session.text(jobTable(set.jobs, output.times(session.console)), global) }
        if output.isForPeople { await session.console.remarkFailure(in: set.jobs, of: engine) }
        return set.jobs
    }
    let reference = try parsing(JobReference(text))
    let info = try await engine.inspectJob(reference.pipeline, reference.id(in: engine), wait: wait)
    try output.print(info, session.console) { try jobFields(info, output.times(session.console)) }
    if output.isForPeople { await session.console.remarkFailure(in: [info], of: engine) }
    return [info]
}

extension Console {
    /// Leads whoever sees that a job failed to what its program printed, where it did print.
    func remarkFailure(in jobs: [JobInfo], of engine: any Operations) async {
        for failed in jobs where failed.state == .failure {
            guard await hasLog(failed.job, of: engine) else { continue }
            return remark(
                "'pach logs --job \(failed.job)' shows what its program printed; with --datum, at one of those that "
                    + "'pach list datum \(failed.job)' names.")
        }
    }

    private func hasLog(_ job: JobLink, of engine: any Operations) async -> Bool {
        do {
            for try await _ in engine.logs(LogQuery(pipeline: job.pipeline.name, job: job.id, tail: 1)) { return true }
        } catch {
            // The remark is a courtesy: how the job ended has been told.
        }
        return false
    }
}

private func jobFields(_ info: JobInfo, _ times: TimeText) throws -> String {
    var fields = Fields()
    fields.add("ID", info.job.id.description)
    fields.add("Pipeline", info.job.pipeline.name.description)
    fields.add("Pipeline Version", info.pipelineVersion)
    fields.add("Created", times.ago(info.created))
    fields.add("Started", times.ago(info.started))
    fields.add("Duration", times.span(info.started, info.finished))
    fields.add("State", info.state.word)
    fields.add("Reason", info.reason)
    fields.add("Processed", info.dataProcessed)
    fields.add("Failed", info.dataFailed)
    fields.add("Skipped", info.dataSkipped)
    fields.add("Recovered", info.dataRecovered)
    fields.add("Total", info.dataTotal)
    fields.add("Data Downloaded", byteText(info.stats.downloadBytes))
    fields.add("Data Uploaded", byteText(info.stats.uploadBytes))
    fields.add("Download Time", durationText(seconds: info.stats.downloadSeconds))
    fields.add("Process Time", durationText(seconds: info.stats.processSeconds))
    fields.add("Upload Time", durationText(seconds: info.stats.uploadSeconds))
    fields.add("Restarts", info.restart)
    if let details = info.details {
        fields.add("Input", lines: try jsonText(details.input, pretty: true))
        fields.add("Transform", lines: try jsonText(details.transform, pretty: true))
    }
    fields.add("Output Commit", info.outputCommit.description)
    return fields.text
}

struct StopJob: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "job", abstract: "Stop a job; it ends as killed.",
        discussion: manual("Example:\n  pach stop job train@5f93d03b65fa421996185e53f7f8b1e4"), aliases: ["jobs"])

    @Argument(help: "The job: pipeline@id, or pipeline@branch for that of its head.", completion: .job)
    var job: String

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .pipeline(of: job) }

    func run(_ connection: Connection, in session: Session) async throws {
        let job = try parsing(JobReference(job))
        try await connection.engine.stopJob(job.pipeline, job.id(in: connection.engine))
    }
}

struct DeleteJob: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "job", abstract: "Delete a job's record.",
        discussion: manual("Example:\n  pach delete job train@5f93d03b65fa421996185e53f7f8b1e4"), aliases: ["jobs"])

    @Argument(help: "The job: pipeline@id, or pipeline@branch for that of its head.", completion: .job)
    var job: String

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .pipeline(of: job) }

    func run(_ connection: Connection, in session: Session) async throws {
        let job = try parsing(JobReference(job))
        try await connection.engine.deleteJob(job.pipeline, job.id(in: connection.engine))
    }
}
