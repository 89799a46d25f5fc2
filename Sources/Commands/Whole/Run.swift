import ArgumentParser
import Model
import Operations
import Synchronization

struct Run: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run all jobs that wait, and those that follow from them.",
        discussion: manual(
            """
            Prints each job as it ends, and on a terminal how far those are that run. Fails where one did not succeed; that a newer job took \
            its place is no failure. Where no server holds the data root, other commands wait until the run is over. Interrupted (Ctrl-C) it stops \
            the jobs and keeps what their datums have done.

            Example:
              pach run
            """))

    @OptionGroup var sandboxOptions: SandboxOptions

    @Flag(help: "Print JSON, as '-o json' does.")
    var raw = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Print in a form for programs: json, one object per line.", valueName: "format"))
    var output: RunOutput?

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var sandbox: SandboxKind? { sandboxOptions.kind }

    enum RunOutput: String, CaseIterable, ExpressibleByArgument {
        case json
    }

    func run(_ connection: Connection, in session: Session) async throws {
        do {
            try await interruptible { try await runAndTell(connection, session) }
        } catch let interruption as Interrupted {
            session.console.remark(
                connection.runsJobs
                    ? "Interrupted: the server goes on with the jobs; 'pach list job' shows how they are."
                    : "Interrupted: the jobs are stopped, and what their datums have done is kept; 'pach run' or 'pach serve' does the rest. "
                        + "A second signal ends this at once.")
            throw interruption
        }
    }

    private func runAndTell(_ connection: Connection, _ session: Session) async throws {
        let isJSON = raw || output == .json
        let isColored = session.usesColor(global)
        // The report cannot throw; what writing throws is kept until the run is over, which the jobs must not suffer from.
        let failure = Mutex<(any Error)?>(nil)
        let line = StatusLine(session.console)
        let jobs = try await runAll(connection.engine, line, session.console) { job in
            do {
                let ending = isJSON ? try jsonText(job) : text(job, isColored: isColored)
                try line.replace { try session.console.writeResult(ending + "\n") }
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        let succeeded = jobs.count { $0.state == .success }
        let superseded = jobs.count(where: \.isSuperseded)
        if jobs.isEmpty {
            session.console.remark("No job waits.")
        } else if !isJSON {
            let count = countText(jobs.count, "job")
            let share = succeeded == jobs.count ? count : "\(succeeded) of \(count)"
            session.console.remark("\(share) succeeded\(superseded > 0 ? ", \(superseded) superseded" : "").")
            await session.console.remarkFailure(in: jobs, of: connection.engine)
        }
        if succeeded + superseded < jobs.count { throw ExitCode.failure }
    }

    /// Runs all jobs, and draws meanwhile how far they are.
    private func runAll(
        _ engine: any Operations, _ line: StatusLine, _ console: Console, report: @escaping @Sendable (JobInfo) -> Void
    ) async throws -> [JobInfo] {
        defer { line.wipe() }
        // Cancelled, and waited for, where this returns.
        async let _ = drawRunningJobs(of: engine, on: line, now: console.now)
        return try await engine.run(report: report)
    }

    private func text(_ job: JobInfo, isColored: Bool) -> String {
        let state = isColored ? job.state.color.applied(to: job.state.word) : job.state.word
        let shown = visible(job.reason)
        // "unrunnable because …" says the state once more.
        let repeats = shown.hasPrefix("\(job.state.word) ")
        let reason = repeats ? String(shown.dropFirst(job.state.word.count)) : shown.isEmpty ? "" : ": \(shown)"
        let time = job.started.map { start in job.finished.map { " in \(durationText($0.since(start)))" } ?? "" } ?? ""
        return "\(job.job) \(job.progressText) \(state)\(time)\(reason)"
    }
}
