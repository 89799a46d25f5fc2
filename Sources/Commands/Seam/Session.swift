import Model
import Operations

/// What a command runs in: the world as it sees it.
struct Session: Sendable {
    var backend: any Backend
    var console: Console
    var environment: [String: String]

    /// The parser makes commands itself and has no place to hand one anything, so the session reaches them by way of the task.
    @TaskLocal static var current: Session?

    /// A variable's value, where it is set and not empty.
    func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Reaches the engine: a server where one is named, else the data root. An option on the command line goes before a variable.
    func connect(_ options: GlobalOptions, sandbox: SandboxKind?, createsRoot: Bool) async throws -> Connection {
        if let server = try await server(options) { return server }
        let opening = try openOptions(options, sandbox: sandbox, createsRoot: createsRoot)
        if options.verbose { console.remark("Using the data root \(quoted(opening.root)).") }
        return try await backend.open(opening, onWaiting: console.remark)
    }

    /// The server that is named, where no data root is on the command line.
    func server(_ options: GlobalOptions) async throws -> Connection? {
        guard options.root == nil, let address = variable("PACH_ADDRESS") else { return nil }
        if options.verbose { console.remark("Using the server at \(address).") }
        return try await backend.connect(address: address, token: variable("PACH_TOKEN"), root: root(options))
    }

    /// How to open the data root, for what no server does.
    /// - Throws: `UsageError` where a server is meant: what would be changed is another root than the one in use.
    func ownRoot(_ options: GlobalOptions, sandbox: SandboxKind? = nil, createsRoot: Bool) throws -> OpenOptions {
        if options.root == nil, let address = variable("PACH_ADDRESS") {
            throw UsageError(
                "PACH_ADDRESS leads to the server at \(address), and this is done to a data root itself",
                hint: "Name the data root with --root DIR.")
        }
        return try openOptions(options, sandbox: sandbox, createsRoot: createsRoot)
    }

    private func openOptions(_ options: GlobalOptions, sandbox: SandboxKind?, createsRoot: Bool) throws -> OpenOptions {
        OpenOptions(root: root(options), createsRoot: createsRoot, lockTimeout: try options.lockTimeoutDuration, sandbox: sandbox)
    }

    private func root(_ options: GlobalOptions) -> String {
        options.root ?? variable("PACH_ROOT") ?? GlobalOptions.defaultRoot
    }

    /// Whether output to a terminal is coloured (no-color.org).
    func usesColor(_ options: GlobalOptions) -> Bool {
        console.outputColumns != nil && !options.noColor && variable("NO_COLOR") == nil && variable("TERM") != "dumb"
    }

    /// Says how many jobs wait, when nobody runs them. Where somebody does, nothing is asked: what was done stands, whatever became of it.
    func remarkPendingJobs(_ connection: Connection) async throws {
        guard !connection.runsJobs else { return }
        let jobs = try await connection.engine.listJobs(JobQuery(states: Set(JobState.allCases.filter { !$0.isTerminal })))
        remarkPendingJobs(jobs.count, connection)
    }

    /// Says how many jobs wait, when nobody runs them.
    func remarkPendingJobs(_ count: Int, _ connection: Connection) {
        guard count > 0, !connection.runsJobs else { return }
        console.remark(
            count == 1
                ? "1 job waits; run it with 'pach run' or 'pach serve'" : "\(count) jobs wait; run them with 'pach run' or 'pach serve'")
    }
}
