internal import CSandbox
internal import Files
import Glibc
import Synchronization
internal import Threads

/// A place where user code runs, one program at a time, set up once and kept warm.
///
/// Process 1 inside is our supervisor. After each program it kills and reaps whatever is left, so that a finished
/// ``run(_:onLine:)`` means that no process of it exists and nobody writes to its folders any more. The engine's end,
/// however it comes, is the sandbox's end. A sandbox that waits costs memory, and no processor time at all.
public final class Sandbox: Sendable {
    /// Where things are on the host, for the engine to fill and empty between two runs.
    public let folders: SandboxFolders
    /// Where things are for user code.
    public let paths: SandboxPaths

    private let configuration: SandboxConfiguration
    private let state = Mutex(State.stopped)
    private let serial = Atomic<UInt64>(0)
    /// The run that is under way.
    private let current = Mutex<SandboxRun?>(nil)

    fileprivate enum State {
        case stopped
        case starting
        case idle(SupervisorLink)
        case running(SupervisorLink)
    }

    public init(_ configuration: SandboxConfiguration) throws(SandboxError) {
        var configuration = configuration
        configuration.supervisor = SandboxMounts.real(configuration.supervisor)
        configuration.programs = configuration.programs.map(SandboxMounts.real)
        try Self.check(configuration)
        self.configuration = configuration
        folders = SandboxFolders(scratch: configuration.scratch, inputs: configuration.inputs)
        paths = SandboxPaths(configuration, folders: folders)
    }

    deinit {
        let link = link
        // The zombie of a process that nobody waits for would stay as long as the engine.
        if let link { Task { await BlockingThreads.ofWorkers.run { link.end() } } }
    }

    /// Makes the folders that are missing, without emptying those that are there, and builds the sandbox. Takes some tens of
    /// milliseconds. Does nothing when it is started already.
    public func start() async throws(SandboxError) {
        let begins = try state.withLock { state throws(SandboxError) -> Bool in
            switch state {
            case .stopped: state = .starting
            case .starting: throw SandboxError(.busy, "The sandbox is being started already.")
            case .idle, .running: return false
            }
            return true
        }
        guard begins else { return }
        let opened = await BlockingThreads.ofWorkers.run { [self] in
            Result { () throws(SandboxError) in try open() }
        }
        let kept = state.withLock { state in
            guard case .starting = state else { return false }
            state = (try? opened.get()).map(State.idle) ?? .stopped
            return true
        }
        let link = try opened.get()
        guard kept else {
            await BlockingThreads.ofWorkers.run { link.end() }
            throw SandboxError(.notStarted, "The sandbox was closed while it was being started.")
        }
    }

    /// Runs a program to its end and the end of everything it started.
    ///
    /// Cancelling the task kills the program; the result is ``SandboxResult/Ending/killed`` then, not an error.
    ///
    /// - Parameter onLine: receives each line the program prints, without its line feed, in order for each stream, before
    ///   `run` returns. A line of more than 64 KiB comes in pieces; what is not UTF-8 is replaced by U+FFFD. Called on a
    ///   thread that may block: the program waits while its pipe is full.
    /// - Throws: ``SandboxError/Code/sandboxLost`` when the sandbox ended; ``start()`` makes it anew. `notStarted`, `busy`,
    ///   `invalidCommand` and `system` say that nothing ran.
    public func run(
        _ command: SandboxCommand, onLine: @escaping @Sendable (OutputChannel, String) -> Void
    ) async throws(SandboxError) -> SandboxResult {
        let payload = try RunPayload(command, paths: paths)
        if Task.isCancelled { return .nothingRan(.killed) }
        guard payload.fits else { return .nothingRan(.notExecutable(errno: E2BIG)) }
        let link = try take()
        let outcome: Result<SandboxResult, SandboxError>
        do {
            let number = serial.add(1, ordering: .relaxed).newValue
            let run = try SandboxRun(command, payload: payload, serial: number, on: link, onLine: onLine)
            current.withLock { $0 = run }
            outcome = await withTaskCancellationHandler {
                do throws(SandboxError) { return try await OwnThread.run { run.perform() } } catch { return .failure(error) }
            } onCancel: {
                run.cancel()
            }
            current.withLock { $0 = nil }
        } catch {
            outcome = .failure(error)
        }
        giveBack(link, after: outcome)
        return try outcome.get()
    }

    /// Returns when every line that the running program has printed up to now has been received. Blocks, and not for long, whatever
    /// the program does; not to be called by `onLine`.
    func catchUp() {
        current.withLock { $0 }?.catchUp()
    }

    /// Ends the sandbox and everything in it; a program that runs is killed, and its ``run(_:onLine:)`` throws
    /// `sandboxLost`. Returns when no process is left. The folders stay. May be called at any time, any number of times.
    public func close() async {
        let link = state.withLock { state in
            defer { state = .stopped }
            return state.link
        }
        if let link { await BlockingThreads.ofWorkers.run { link.end() } }
    }

    /// The supervisor, if there is one.
    var link: SupervisorLink? {
        state.withLock { $0.link }
    }

    private func take() throws(SandboxError) -> SupervisorLink {
        try state.withLock { state throws(SandboxError) in
            switch state {
            case .stopped, .starting: throw SandboxError(.notStarted, "The sandbox was not started.")
            case .running: throw SandboxError(.busy, "The sandbox runs another program.")
            case .idle(let link):
                state = .running(link)
                return link
            }
        }
    }

    private func giveBack(_ link: SupervisorLink, after outcome: Result<SandboxResult, SandboxError>) {
        let isLost = if case .failure(let error) = outcome { error.code == .sandboxLost } else { false }
        state.withLock { state in
            // Closed or even started again meanwhile: then it is not ours to change.
            guard case .running(let current) = state, current === link else { return }
            state = isLost ? .stopped : .idle(link)
        }
    }

    /// Blocks.
    private func open() throws(SandboxError) -> SupervisorLink {
        try folders.make(owner: configuration.identity)
        switch configuration.method {
        case .bubblewrap(let executable):
            let mounts = try SandboxMounts(configuration, folders: folders, paths: paths)
            return try SupervisorLink.open([executable] + mounts.arguments)
        case .plain:
            try checkReach()
            let ids = configuration.identity.map { [String($0.user), String($0.group)] } ?? ["-1", "-1"]
            return try SupervisorLink.open([configuration.supervisor, PACH_SUPERVISOR_ARGUMENT, PACH_SUPERVISOR_PLAIN] + ids)
        }
    }

    /// Without mounts, the unprivileged identity has to get to its folder by the ordinary way.
    private func checkReach() throws(SandboxError) {
        guard configuration.identity != nil else { return }
        var folder = Folder.parent(of: SandboxMounts.real(folders.scratch))
        while folder != "/" {
            defer { folder = Folder.parent(of: folder) }
            var facts = stat()
            guard stat(folder, &facts) == 0, facts.st_mode & 0o001 != 0 else {
                throw SandboxError(
                    .setupFailed, "Without bubblewrap, user code cannot get past the folder \(folder), which is closed to others.",
                    hint: "Install bubblewrap, run pach as an ordinary user, or let others pass: chmod o+x \(folder)")
            }
        }
    }

    private static func check(_ configuration: SandboxConfiguration) throws(SandboxError) {
        func refuse(_ message: String) throws(SandboxError) {
            throw SandboxError(.invalidConfiguration, message)
        }
        if geteuid() == 0, configuration.identity.map({ $0.user == 0 || $0.group == 0 }) ?? true {
            try refuse("An engine that runs as root must give its sandboxes another identity.")
        }
        if geteuid() != 0, configuration.identity != nil {
            try refuse("Only an engine that runs as root can give a sandbox another identity.")
        }
        if configuration.method == .plain, !configuration.network {
            try refuse("Without bubblewrap the network cannot be taken away.")
        }
        var names: Set<String> = ["", ".", "..", "out"]
        for name in configuration.inputs {
            guard names.insert(name).inserted, !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") }) else {
                return try refuse("An input cannot be called \(name.debugDescription), or not twice.")
            }
        }
        let paths = [configuration.supervisor, configuration.dataRoot, configuration.scratch]
        for path in paths + [configuration.programs, configuration.code].compactMap(\.self) where !path.hasPrefix("/") {
            try refuse("\(path) is not an absolute path.")
        }
    }
}

extension Sandbox.State {
    fileprivate var link: SupervisorLink? {
        switch self {
        case .stopped, .starting: nil
        case .idle(let link), .running(let link): link
        }
    }
}

extension SandboxResult {
    fileprivate static func nothingRan(_ ending: Ending) -> SandboxResult {
        SandboxResult(ending: ending, userTime: .zero, systemTime: .zero, peakMemory: 0, duration: .zero)
    }
}

extension SandboxPaths {
    /// Which paths a sandbox of this configuration has.
    init(_ configuration: SandboxConfiguration, folders: SandboxFolders) {
        switch configuration.method {
        case .bubblewrap:
            pfs = "/pfs"
            temporary = "/tmp"
            code = configuration.code == nil ? nil : "/code"
            programs = configuration.programs.map { SandboxMounts.place(ofPrograms: $0, dataRoot: configuration.dataRoot) }
            binds = Dictionary(configuration.binds.map { ($0, $0.destination) }) { first, _ in first }
        case .plain:
            pfs = folders.pfs
            temporary = folders.temporary
            code = configuration.code
            programs = configuration.programs
            binds = Dictionary(configuration.binds.map { ($0, $0.source) }) { first, _ in first }
        }
    }
}
