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
    func connect(_ options: GlobalOptions, sandbox: SandboxKind? = nil) async throws -> Connection {
        if options.root == nil, let address = variable("PACH_ADDRESS") {
            if options.verbose { try console.remark("Using the server at \(address).") }
            return try await backend.connect(address: address, token: variable("PACH_TOKEN"))
        }
        let opening = try openOptions(options, sandbox: sandbox)
        if options.verbose { try console.remark("Using the data root \(quoted(opening.root)).") }
        return try await backend.open(opening, onWaiting: say)
    }

    func openOptions(_ options: GlobalOptions, sandbox: SandboxKind?) throws -> OpenOptions {
        OpenOptions(
            root: options.root ?? variable("PACH_ROOT") ?? GlobalOptions.defaultRoot, lockTimeout: try options.lockTimeoutDuration,
            sandbox: sandbox)
    }

    /// Says a sentence on standard error; where that is gone there is nobody to tell.
    var say: @Sendable (String) -> Void {
        { [console] sentence in
            do { try console.remark(sentence) } catch { return }
        }
    }

    /// Whether output to a terminal is coloured (no-color.org).
    func usesColor(_ options: GlobalOptions) -> Bool {
        console.outputColumns != nil && !options.noColor && variable("NO_COLOR") == nil && variable("TERM") != "dumb"
    }

    /// Says how many jobs wait, when nobody runs them.
    func remarkPendingJobs(_ count: Int, _ connection: Connection) throws {
        guard count > 0, !connection.runsJobs else { return }
        try console.remark(
            count == 1
                ? "1 job waits; run it with 'pach run' or 'pach serve'" : "\(count) jobs wait; run them with 'pach run' or 'pach serve'")
    }
}
