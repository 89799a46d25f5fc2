internal import Datums
internal import Foundation
public import Model
public import Storage
internal import Synchronization
internal import Threads

/// A slot that processes one datum at a time, with a sandbox of its own that stays warm in between.
///
/// Where the set-up asks for batching, the user's process stays too: it takes one datum after the other, of this job and the next.
public final class Worker: Sendable {
    public typealias Readers = @Sendable (RepoName) throws(PachError) -> any ObjectReader

    /// Unique among the workers that live at the same time.
    public let slot: Int
    public let setup: WorkerSetup
    private let sandbox: Sandbox
    private let stage: DatumStage
    private let batch: Batch?
    private let broken = Atomic(false)

    /// What there is for a process that takes many datums.
    private struct Batch {
        let process: BatchProcess
        let control: BatchControl
        let socketPath: String
    }

    init(slot: Int, setup: WorkerSetup, configuration: SandboxConfiguration) async throws {
        self.slot = slot
        self.setup = setup
        let folders = SandboxFolders(scratch: configuration.scratch, inputs: configuration.inputs)
        try await BlockingThreads.ofWorkers.run { try folders.remove() }
        let control =
            try await setup.batching
            ? BlockingThreads.ofWorkers.run {
                try BatchControl(scratch: configuration.scratch, identity: configuration.identity)
            } : nil
        var configuration = configuration
        configuration.binds += control?.binds ?? []
        let sandbox = try Sandbox(configuration)
        let socketPath = try control?.socketPath(sandbox.paths)
        try await sandbox.start()
        self.sandbox = sandbox
        stage = DatumStage(sandbox, keepsInputs: configuration.method != .plain)
        if let control, let socketPath {
            batch = Batch(
                process: try BatchProcess(sandbox: sandbox, control: control, worker: Self.name(setup, slot)), control: control,
                socketPath: socketPath)
        } else {
            batch = nil
        }
    }

    /// Whether the worker cannot be used again.
    var isBroken: Bool { broken.load(ordering: .relaxed) }

    /// Whether a process waits for a datum here.
    var holdsProcess: Bool { batch?.process.isAlive ?? false }

    func close() async {
        await sandbox.close()
        await batch?.process.close()
        // What cannot be removed is tried again when the slot is used next.
        try? await BlockingThreads.ofWorkers.run { [sandbox] in try sandbox.folders.remove() }
    }

    /// Removes what user code left, when the worker is given back. One that cannot be cleared is broken.
    func clear() async {
        do {
            try await removeLeftovers()
        } catch {
            broken.store(true, ordering: .relaxed)
        }
    }

    /// Removes what user code left, which may be what fills the disk. What a process that lives on has in `/tmp` is its own.
    private func removeLeftovers() async throws {
        try await withTaskCancellationHandler {
            try await BlockingThreads.ofWorkers.run { [sandbox, holdsProcess] in
                try sandbox.folders.emptyOutput()
                if !holdsProcess { try sandbox.folders.emptyTemporary() }
            }
        } onCancel: {
            // One that keeps writing would keep this at it.
            batch?.process.cancel()
        }
    }

    public var name: String { Self.name(setup, slot) }

    private static func name(_ setup: WorkerSetup, _ slot: Int) -> String { "\(setup.pipeline)-\(slot)" }

    /// Processes a datum: lays out its inputs, runs user code until it succeeds or the tries are used up, takes in what it wrote.
    ///
    /// A failure of user code is a result, never an error.
    /// - Throws: `CancellationError` where the task was cancelled; `PachError` where the engine itself could not go on.
    public func process(
        _ task: DatumTask, readers: @escaping Readers, writer: any ObjectWriter & Sendable, log: JobLog
    ) async throws -> DatumResult {
        do {
            return try await withTaskCancellationHandler {
                try await tryUntilSuccess(task, readers: readers, writer: writer, log: log)
            } onCancel: {
                // Also while the engine lays out or takes in: a process that keeps writing would keep it at that.
                batch?.process.cancel()
            }
        } catch {
            if !(error is CancellationError) { broken.store(true, ordering: .relaxed) }
            throw error
        }
    }

    private func tryUntilSuccess(
        _ task: DatumTask, readers: @escaping Readers, writer: any ObjectWriter & Sendable, log: JobLog
    ) async throws -> DatumResult {
        var stats = ProcessStatistics()
        var reason = ""
        var isRecovered = false
        for attempt in 1...task.spec.datumTries {
            try Task.checkCancellation()
            log.forgetLastError(of: name)
            let tried: Attempt
            do {
                tried = try await self.attempt(task, readers: readers, writer: writer, log: log, &stats)
            } catch let error as SandboxError where error.code == .sandboxLost {
                try await removeLeftovers()
                try await sandbox.start()
                tried = .failed("the sandbox was lost: \(error)", isRecovered: false)
            }
            switch tried {
            case .succeeded(let outputs):
                return DatumResult(state: .success, tries: attempt, outputs: outputs, stats: stats)
            case .failed(let why, let recovered):
                reason = why
                isRecovered = recovered
                let message = "attempt \(attempt) of \(task.spec.datumTries) at datum \(task.datum.id) failed: \(why)"
                log.append(.master, [message], datum: task.datum.id, worker: name)
            }
        }
        return DatumResult(state: isRecovered ? .recovered : .failed, reason: reason, tries: task.spec.datumTries, stats: stats)
    }

    private enum Attempt {
        case succeeded([DatumOutput])
        case failed(String, isRecovered: Bool)
    }

    private func attempt(
        _ task: DatumTask, readers: @escaping Readers, writer: any ObjectWriter & Sendable, log: JobLog, _ stats: inout ProcessStatistics
    ) async throws -> Attempt {
        let clock = ContinuousClock()
        let begin = clock.now
        do {
            stats.downloadBytes += try await BlockingThreads.ofWorkers.run { [stage] cancellation in
                try stage.layOut(task, readers: readers, cancellation)
            }
        } catch {
            try Task.checkCancellation()
            throw error
        }
        let staged = clock.now
        stats.downloadSeconds += (staged - begin) / .seconds(1)

        let failure: Attempt? =
            if let batch { try await give(task, to: batch, log) } else { try await run(task, log) }
        // Before its outputs, or another attempt's inputs, need the room.
        if batch == nil { try await BlockingThreads.ofWorkers.run { [sandbox] in try sandbox.folders.emptyTemporary() } }
        let ran = clock.now
        stats.processSeconds += (ran - staged) / .seconds(1)
        try Task.checkCancellation()
        if let failure { return failure }
        do {
            let outputs = try await BlockingThreads.ofWorkers.run { [stage] cancellation in
                try stage.collect(task, readers: readers, writer: writer, cancellation)
            }
            stats.uploadSeconds += (clock.now - ran) / .seconds(1)
            stats.uploadBytes += outputs.reduce(0) { $0 + Int64($1.file.size) }
            return .succeeded(outputs)
        } catch let error as PachError {
            try Task.checkCancellation()
            guard error.code == .invalidArgument || error.code == .tooLarge else { throw error }
            // What user code wrote cannot be taken in: that is the datum's failure, not ours.
            return .failed(error.description, isRecovered: false)
        }
    }

    // MARK: User code

    /// Runs user code for this datum alone.
    /// - Returns: nil where it succeeded.
    private func run(_ task: DatumTask, _ log: JobLog) async throws -> Attempt? {
        let transform = task.spec.transform
        let environment = task.environment(sandbox.paths)
        let onLine: @Sendable (OutputChannel, String) -> Void = { [name] channel, line in
            log.append(channel == .standardOutput ? .stdout : .stderr, [line], datum: task.datum.id, worker: name)
        }
        let result = try await sandbox.run(
            command(transform.cmd, transform.stdin, transform, environment, timeout: task.spec.datumTimeout?.duration), onLine: onLine)
        try Task.checkCancellation()
        if isSuccess(result.ending, transform) { return nil }
        // Now: what `err_cmd` says is not why the program failed.
        let reason = failure(transform, "\(result.ending)", log)
        var isRecovered = false
        if !transform.errCmd.isEmpty {
            let remaining = task.spec.datumTimeout.map { max(.milliseconds(1), $0.duration - result.duration) }
            let handled = try await sandbox.run(
                command(transform.errCmd, transform.errStdin, transform, environment, timeout: remaining), onLine: onLine)
            isRecovered = handled.ending == .exited(code: 0)
        }
        return .failed(reason, isRecovered: isRecovered)
    }

    /// Gives the datum to the process that lives, or to a new one. `err_cmd` has no part in this, as there is one process for all.
    /// - Returns: nil where it succeeded.
    private func give(_ task: DatumTask, to batch: Batch, _ log: JobLog) async throws -> Attempt? {
        // The lasting ones the process has already, some of them not as the spec has them: its `PATH` begins with the programs beside pach.
        let variables = task.datumEnvironment(sandbox.paths)
        try await BlockingThreads.ofWorkers.run { try batch.control.write(variables) }
        let transform = task.spec.transform
        var environment = task.lastingEnvironment
        environment[EngineVariable.nextSocket.rawValue] = batch.socketPath
        let outcome = await batch.process.work(
            at: BatchProcess.Offer(
                command: command(transform.cmd, transform.stdin, transform, environment, timeout: nil), datum: task.datum.id, log: log,
                timeout: task.spec.datumTimeout?.duration))
        switch outcome {
        case .done: return nil
        case .failed(let why): return .failed(failure(transform, why, log), isRecovered: false)
        case .cancelled: throw CancellationError()
        case .unable(let error): throw error
        }
    }

    /// Says why the program failed, with its own last words.
    private func failure(_ transform: Transform, _ why: String, _ log: JobLog) -> String {
        let said = log.lastError(of: name).map { ": \(excerpt($0, of: Self.lastErrorScalarCountMax))" } ?? ""
        return "\(quoted(transform.cmd.first ?? "")) \(why)\(said)"
    }

    /// So much of a program's last line of standard error is part of a reason.
    private static let lastErrorScalarCountMax = 200

    private func isSuccess(_ ending: SandboxResult.Ending, _ transform: Transform) -> Bool {
        guard case .exited(let code) = ending else { return false }
        return code == 0 || transform.acceptReturnCode.contains(Int(code))
    }

    private func command(
        _ arguments: [String], _ lines: [String], _ transform: Transform, _ environment: [String: String], timeout: Duration?
    ) -> SandboxCommand {
        let input = lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
        let paths = sandbox.paths
        return SandboxCommand(
            arguments: arguments.map(paths.relocated), environment: environment, standardInput: Array(paths.relocated(input).utf8),
            timeout: timeout, workingDirectory: transform.workingDir.map(paths.relocated))
    }
}
