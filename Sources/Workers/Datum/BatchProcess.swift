internal import Foundation
internal import Model
internal import Synchronization
internal import Threads

/// A user process that takes many datums, of many jobs. It is started when a datum wants it and none lives; between datums it waits
/// in its `pach next datum`, without using any processor time.
///
/// `BatchMachine` decides; this carries out. Everything that is done under the lock returns at once.
final class BatchProcess: Sendable {
    /// A datum that is laid out.
    struct Offer: Sendable {
        /// How the process is started if none lives.
        var command: SandboxCommand
        var datum: Digest
        var log: JobLog
        /// How long the process may take for the datum. Where it has to be started first, that is included, as it is without batching.
        var timeout: Duration?
    }

    private struct State {
        var machine = BatchMachine()
        var offer: Offer?
        /// Who made the offer.
        var waiter: CheckedContinuation<BatchOutcome, Never>?
        /// When the time for it is over.
        var deadline: ContinuousClock.Instant?
        var timer: Timer?
        var asker: NextConnection?
        /// Who was told of the datum that is under way.
        var answered: NextConnection?
        var run: Task<Void, Never>?
        /// Where lines go that the process prints: what it prints outside of a datum is said of the job alone. What it prints when that
        /// job has ended and no other has begun is lost, as the log is closed.
        var log: JobLog?
        var datum: Digest?
    }

    /// Rings at a deadline or before. It is not set anew for each datum: what is cancelled stays with the clock until it is due.
    private struct Timer {
        let due: ContinuousClock.Instant
        let task: Task<Void, Never>
    }

    private let sandbox: Sandbox
    private let control: BatchControl
    private let worker: String
    private let state = Mutex(State())

    /// - Parameter worker: the name that lines bear in logs.
    init(sandbox: Sandbox, control: BatchControl, worker: String) throws(SandboxError) {
        self.sandbox = sandbox
        self.control = control
        self.worker = worker
        // The socket's thread holds nothing that has to end before it is told to.
        try control.socket.serve { [weak self] connection, request in self?.receive(request, from: connection) }
    }

    /// Whether a process lives that has been through its start.
    var isAlive: Bool { state.withLock { $0.machine.isAlive } }

    /// Gives the process a datum, and waits for what becomes of it. One at a time.
    func work(at offer: Offer) async -> BatchOutcome {
        let deadline = offer.timeout.map { ContinuousClock.now + $0 }
        return await withCheckedContinuation { continuation in
            update { state in
                // Whoever cancels does it before or after this: before, and it shows here; after, and `cancel` finds the datum.
                guard !Task.isCancelled else {
                    return [{ continuation.resume(returning: .cancelled) }]
                }
                state.offer = offer
                state.waiter = continuation
                state.log = offer.log
                state.deadline = deadline
                if let deadline { setTimer(for: deadline, &state) }
                return take(.offered, &state)
            }
        }
    }

    /// Kills the process.
    func cancel() {
        handle(.stopped(.cancelled))
    }

    /// Waits for the end of the process, whose sandbox is closed already. No datum is under way.
    func close() async {
        let run = state.withLock { state in
            state.timer?.task.cancel()
            return state.run
        }
        await run?.value
        await BlockingThreads.ofWorkers.run { [control] in control.close() }
    }

    // MARK: What happens

    private func receive(_ request: NextConnection.Request, from connection: NextConnection) {
        switch request {
        case .line(let line):
            // What was printed before the question belongs to the datum before.
            sandbox.catchUp()
            let error: String? = if case .error(let reason) = line { reason } else { nil }
            update { state in
                // A client that was killed has not told the process of its datum, so that this is no end of it.
                let isMissed = state.answered?.lostAnswer ?? false
                state.answered = nil
                let effects = isMissed ? take(.unanswered, &state) : []
                state.asker = connection
                return effects + take(.asked(error: error), &state)
            }
        case .nothing:
            handle(.strayed)
        case .nonsense:
            handle(.stopped(.failed("did not keep to the protocol of 'pach next datum'")))
        }
    }

    private func setTimer(for deadline: ContinuousClock.Instant, _ state: inout State) {
        if let timer = state.timer, timer.due <= deadline { return }
        state.timer?.task.cancel()
        let task = Task { [weak self] in
            do { try await Task.sleep(until: deadline, clock: .continuous) } catch { return }
            self?.ring()
        }
        state.timer = Timer(due: deadline, task: task)
    }

    private func ring() {
        update { state in
            state.timer = nil
            guard let deadline = state.deadline else { return [] }
            if deadline <= .now { return take(.stopped(.failed("\(SandboxResult.Ending.timedOut)")), &state) }
            // It was set for a datum before.
            setTimer(for: deadline, &state)
            return []
        }
    }

    private func handle(_ event: BatchMachine.Event) {
        update { take(event, &$0) }
    }

    private typealias Effect = @Sendable () -> Void

    /// Changes the state, and then does what reaches beyond it.
    private func update(_ body: (inout State) -> [Effect]) {
        let effects = state.withLock { body(&$0) }
        for effect in effects { effect() }
    }

    private func take(_ event: BatchMachine.Event, _ state: inout State) -> [Effect] {
        var effects: [Effect] = []
        var actions = state.machine.handle(event)[...]
        while let action = actions.popFirst() {
            switch action {
            case .launch:
                state.run = state.offer.map { launch($0.command) }
            case .answer:
                state.answered = state.asker.flatMap { $0.answer() ? $0 : nil }
                state.asker = nil
                if state.answered == nil { actions += state.machine.handle(.unanswered) } else { state.datum = state.offer?.datum }
            case .refuse:
                state.asker = nil
            case .kill:
                if let run = state.run { effects.append { run.cancel() } }
            case .finish(let outcome):
                if let waiter = state.waiter { effects.append { waiter.resume(returning: outcome) } }
                state.waiter = nil
                state.offer = nil
                state.deadline = nil
                state.datum = nil
            }
        }
        return effects
    }

    // MARK: The process

    private func launch(_ command: SandboxCommand) -> Task<Void, Never> {
        Task { [self] in
            let result: Result<SandboxResult, SandboxError>
            do throws(SandboxError) {
                result = .success(try await run(command))
            } catch {
                result = .failure(error)
            }
            update { state in
                state.asker = nil
                state.answered = nil
                return take(.ended(Self.outcome(of: result)), &state)
            }
        }
    }

    private func run(_ command: SandboxCommand) async throws(SandboxError) -> SandboxResult {
        // Without effect unless the sandbox was lost.
        try await sandbox.start()
        // `/tmp` is the process's own as long as it lives, so it is emptied for a new process and not for a new datum.
        try await BlockingThreads.ofWorkers.run { [sandbox] () throws(SandboxError) in try sandbox.folders.emptyTemporary() }
        return try await sandbox.run(command) { [self] channel, line in
            let (log, datum) = state.withLock { ($0.log, $0.datum) }
            log?.append(channel == .standardOutput ? .stdout : .stderr, [line], datum: datum, worker: worker)
        }
    }

    private static func outcome(of result: Result<SandboxResult, SandboxError>) -> BatchOutcome {
        switch result {
        case .success(let result):
            switch result.ending {
            case .exited, .signalled: .failed("\(result.ending) before it asked for the next datum")
            default: .failed("\(result.ending)")
            }
        case .failure(let error) where error.code == .sandboxLost: .failed("lost its sandbox: \(error)")
        case .failure(let error): .unable(error)
        }
    }
}
