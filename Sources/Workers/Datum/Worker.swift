internal import Datums
internal import Foundation
public import Model
public import Storage
internal import Synchronization

/// A slot that processes one datum at a time, with a sandbox of its own that stays warm in between.
public final class Worker: Sendable {
    /// Unique among the workers that live at the same time.
    public let slot: Int
    public let setup: WorkerSetup
    let sandbox: Sandbox
    private let state = Mutex(State())

    private struct State {
        /// What lies in each input's folder. Inputs are read-only for user code, so what the next datum reads too may stay.
        var staged: [String: StagedInput] = [:]
        var isBroken = false
    }

    init(slot: Int, setup: WorkerSetup, configuration: SandboxConfiguration) async throws {
        self.slot = slot
        self.setup = setup
        sandbox = try Sandbox(configuration)
        keepsInputs = configuration.method != .plain
        try await sandbox.start()
        try await blocking { [sandbox] in try sandbox.folders.empty() }
    }

    /// Whether inputs may stay: user code cannot have changed them.
    private let keepsInputs: Bool

    /// Whether the worker cannot be used again.
    var isBroken: Bool { state.withLock { $0.isBroken } }

    func close() async {
        await sandbox.close()
        // What cannot be removed is emptied when the slot is used next.
        try? await blocking { [sandbox] in try sandbox.folders.empty() }
    }

    public var name: String { "\(setup.pipeline)-\(slot)" }

    /// Processes a datum: lays out its inputs, runs user code until it succeeds or the tries are used up, takes in what it wrote.
    ///
    /// A failure of user code is a result, never an error.
    /// - Throws: `CancellationError` where the task was cancelled; `PachError` where the engine itself could not go on.
    public func process(
        _ task: DatumTask, readers: @escaping @Sendable (RepoName) throws(PachError) -> any ObjectReader, writer: any ObjectWriter & Sendable,
        log: JobLog
    ) async throws -> DatumResult {
        var stats = ProcessStatistics()
        var reason = ""
        var isRecovered = false
        for attempt in 1...task.spec.datumTries {
            try Task.checkCancellation()
            let tried: Attempt
            do {
                tried = try await self.attempt(task, readers: readers, writer: writer, log: log, &stats)
            } catch let error as SandboxError where error.code == .sandboxLost {
                try await sandbox.start()
                tried = .failed("the sandbox was lost: \(error)", isRecovered: false)
            }
            switch tried {
            case .succeeded(let outputs):
                return DatumResult(state: .success, tries: attempt, outputs: outputs, stats: stats)
            case .failed(let why, let recovered):
                reason = why
                isRecovered = recovered
                log.append(
                    .master, ["attempt \(attempt) of \(task.spec.datumTries) at datum \(task.datum.id) failed: \(why)"], datum: task.datum.id,
                    worker: name)
            }
        }
        return DatumResult(state: isRecovered ? .recovered : .failed, reason: reason, tries: task.spec.datumTries, stats: stats)
    }

    private enum Attempt {
        case succeeded([DatumOutput])
        case failed(String, isRecovered: Bool)
    }

    private func attempt(
        _ task: DatumTask, readers: @escaping @Sendable (RepoName) throws(PachError) -> any ObjectReader, writer: any ObjectWriter & Sendable,
        log: JobLog, _ stats: inout ProcessStatistics
    ) async throws -> Attempt {
        let clock = ContinuousClock()
        let begin = clock.now
        stats.downloadBytes += try await blocking { try self.stage(task, readers: readers) }
        let staged = clock.now
        stats.downloadSeconds += (staged - begin).seconds

        let transform = task.spec.transform
        let environment = task.environment(sandbox.paths)
        let onLine: @Sendable (OutputChannel, String) -> Void = { [name] channel, line in
            log.append(channel == .standardOutput ? .stdout : .stderr, [line], datum: task.datum.id, worker: name)
        }
        let result = try await sandbox.run(
            command(transform.cmd, transform.stdin, transform, environment, timeout: task.spec.datumTimeout?.duration), onLine: onLine)
        let ran = clock.now
        stats.processSeconds += (ran - staged).seconds
        try Task.checkCancellation()

        guard isSuccess(result.ending, transform) else {
            var isRecovered = false
            if !transform.errCmd.isEmpty {
                let remaining = task.spec.datumTimeout.map { max(.milliseconds(1), $0.duration - result.duration) }
                let handled = try await sandbox.run(
                    command(transform.errCmd, transform.errStdin, transform, environment, timeout: remaining), onLine: onLine)
                isRecovered = handled.ending == .exited(code: 0)
                try Task.checkCancellation()
            }
            return .failed("\(quoted(transform.cmd.first ?? "")) \(result.ending)", isRecovered: isRecovered)
        }
        do {
            let outputs = try await blocking { try self.collect(task, readers: readers, writer: writer) }
            stats.uploadSeconds += (clock.now - ran).seconds
            stats.uploadBytes += outputs.reduce(0) { $0 + Int64($1.file.size) }
            return .succeeded(outputs)
        } catch let error as PachError where error.code == .invalidArgument || error.code == .tooLarge {
            // What user code wrote cannot be taken in: that is the datum's failure, not ours.
            return .failed(error.description, isRecovered: false)
        }
    }

    private func isSuccess(_ ending: SandboxResult.Ending, _ transform: Transform) -> Bool {
        guard case .exited(let code) = ending else { return false }
        return code == 0 || transform.acceptReturnCode.contains(Int(code))
    }

    private func command(
        _ arguments: [String], _ lines: [String], _ transform: Transform, _ environment: [String: String], timeout: Duration?
    ) -> SandboxCommand {
        let input = lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
        return SandboxCommand(
            arguments: arguments.map(relocated), environment: environment, standardInput: Array(relocated(input).utf8), timeout: timeout,
            workingDirectory: transform.workingDir.map(relocated))
    }

    /// Without a sandbox `/pfs` is elsewhere; where a spec names it, the place it has is put in.
    private func relocated(_ text: String) -> String {
        sandbox.paths.pfs == "/pfs" ? text : text.replacing("/pfs", with: sandbox.paths.pfs)
    }

    // MARK: Inputs and outputs

    /// Lays out what the datum reads, and empties what the one before it wrote. Blocks.
    /// - Returns: bytes that were laid out.
    private func stage(_ task: DatumTask, readers: (RepoName) throws(PachError) -> any ObjectReader) throws -> Int64 {
        var wanted: [String: StagedInput] = [:]
        for input in task.datum.inputs {
            wanted[input.name, default: StagedInput()].parts.append(.init(repo: input.repo, path: input.path, node: input.node))
        }
        if let previous = task.previous {
            wanted[DatumTask.previousName] = StagedInput(
                parts: [.init(repo: task.job.pipeline.name.repo(), path: .root, node: previous)])
        }
        try sandbox.folders.emptyOutput()
        try sandbox.folders.emptyTemporary()
        var bytes: Int64 = 0
        for name in setup.inputs {
            let input = wanted[name] ?? StagedInput()
            let present = state.withLock { $0.staged.removeValue(forKey: name) }
            if !keepsInputs || present != input {
                let folder = sandbox.folders.input(name)
                if present != StagedInput() { try sandbox.folders.emptyInput(name) }
                for part in input.parts {
                    bytes += Int64(try Checkout(readers(part.repo)).write(part.node, at: part.path, below: folder))
                }
            }
            state.withLock { $0.staged[name] = input }
        }
        return bytes
    }

    /// Blocks.
    private func collect(
        _ task: DatumTask, readers: @escaping (RepoName) throws(PachError) -> any ObjectReader, writer: any ObjectWriter
    ) throws(PachError) -> [DatumOutput] {
        let outputs = OutputCollector(folder: sandbox.folders.output, pfs: sandbox.paths.pfs, writer: writer) {
            (name, path) throws(PachError) in
            try Self.copies(of: path, in: task.datum.inputs.filter { $0.name == name }, readers: readers, writer: writer)
        }
        return try outputs.collect()
    }

    /// What is at a path of an input, copied by reference into the output's repo; nil where the datum has nothing there.
    private static func copies(
        of path: FilePath, in inputs: [DatumInput], readers: (RepoName) throws(PachError) -> any ObjectReader, writer: any ObjectWriter
    ) throws(PachError) -> [DatumOutput]? {
        for input in inputs {
            guard let below = path.relative(to: input.path) else { continue }
            let objects = try readers(input.repo)
            let reader = TreeReader(objects)
            let node: TreeNode?
            if below.isRoot {
                node = input.node
            } else if input.kind == .folder {
                node = try reader.node(at: below, in: input.content)
            } else {
                node = nil
            }
            guard let node else { continue }
            return try ObjectTransfer(from: objects, to: writer).files(below: node).map { DatumOutput(path: $0.path, file: $0.file) }
        }
        return nil
    }
}

/// What lies in an input's folder.
private struct StagedInput: Hashable {
    struct Part: Hashable {
        var repo: RepoName
        var path: FilePath
        var node: TreeNode
    }

    var parts: [Part] = []
}

extension Duration {
    /// In seconds.
    public var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
