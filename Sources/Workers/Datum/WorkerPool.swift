internal import Foundation
public import Model
internal import Synchronization

/// How user code is to be kept apart.
public enum SandboxChoice: String, Sendable, Hashable, CaseIterable {
    /// Bubblewrap where it works, with a word where it does not.
    case bubblewrap
    /// No namespaces and no mounts.
    case none
}

/// What a worker is set up for. Workers of equal set-up can stand in for each other.
public struct WorkerSetup: Sendable, Hashable {
    public var pipeline: PipelineName
    public var version: Int
    /// Names of the folders below `/pfs`.
    public var inputs: [String]
    /// The host's folder that holds the pipeline's code.
    public var code: String?
    /// The identity of the code that runs: a process that lives, or a file that a sandbox shows, may be of a program replaced since.
    public var codeIdentity: String
    public var network: Bool
    /// Whether one process takes many datums: `datum_batching`.
    public var batching: Bool

    public init(
        pipeline: PipelineName, version: Int, inputs: [String], code: String?, codeIdentity: String, network: Bool, batching: Bool = false
    ) {
        self.pipeline = pipeline
        self.version = version
        self.inputs = inputs
        self.code = code
        self.codeIdentity = codeIdentity
        self.network = network
        self.batching = batching
    }
}

/// Workers that wait, kept warm, so that a datum begins within milliseconds; a bounded number, least recently used out first.
public actor WorkerPool {
    /// Workers that are kept though nobody uses them.
    public static let idleCountMax = 8
    /// Workers at the same time, over all pipelines; jobs share what there is.
    public static let workerCountMax = 64

    private let root: String
    private let scratch: String
    private let executable: String
    private let choice: SandboxChoice
    private var support: Task<SandboxSupport, any Error>?
    /// Least recently used first.
    private var idle: [Worker] = []
    private var slots = IndexSet()
    private var waiting: [(ticket: Int, turn: CheckedContinuation<Void, any Error>)] = []
    private var nextTicket = 0
    private var isClosed = false

    /// - Parameters:
    ///   - root: the data root, which user code does not see.
    ///   - scratch: the folder of the workers' folders.
    ///   - executable: the running `pach`.
    public init(root: String, scratch: String, executable: String, choice: SandboxChoice) {
        self.root = root
        self.scratch = scratch
        self.executable = executable
        self.choice = choice
    }

    /// The folder of the running `pach`, with which `PATH` begins.
    public nonisolated var programs: String { URL(fileURLWithPath: executable).deletingLastPathComponent().path }

    /// Where code of pipelines is laid out for workers.
    public nonisolated func codePath(_ name: String) -> String { "\(scratch)/code/\(name)" }

    /// How user code is kept apart, in a word for people.
    public nonisolated var note: String {
        choice == .none ? "without a sandbox, as asked for" : "in a bubblewrap sandbox where the system allows it"
    }

    /// Tells people what nobody waits for.
    public nonisolated func report(_ message: String) {
        // Where nobody can be told, the work goes on; `write(_:)` would end the process.
        do { try FileHandle.standardError.write(contentsOf: Data("pach: \(message)\n".utf8)) } catch { return }
    }

    /// How user code is kept apart here: found out once, and said once where it is not as it should be.
    /// - Throws: ``SandboxError`` where the machine lacked something just now. The next caller tries again: else a full disk would cost
    ///   all later jobs their sandbox.
    public func method() async throws -> SandboxMethod {
        guard choice == .bubblewrap else { return .plain }
        // A task of its own: that the job which asks first is stopped meanwhile says nothing of sandboxes.
        let support =
            support
            ?? Task {
                let found = try await SandboxSupport.detect(supervisor: executable, folder: scratch)
                if let reason = found.reason {
                    report("user code runs without a sandbox, and /pfs is not at /pfs: \(reason)")
                }
                return found
            }
        self.support = support
        do {
            return try await support.value.method
        } catch {
            if self.support == support { self.support = nil }
            throw error
        }
    }

    /// A worker of the set-up, warm where there is one. Waits while `workerCountMax` are in use.
    /// - Throws: `CancellationError` where the task is cancelled while it waits.
    public func lease(_ setup: WorkerSetup) async throws -> Worker {
        let method = try await method()
        while true {
            if isClosed { throw PachError(.stopped, "the engine stops") }
            if let worker = takeIdle(setup) { return worker }
            if slots.count < Self.workerCountMax { break }
            if !idle.isEmpty {
                await discard(idle.removeFirst())
                continue
            }
            try await waitForTurn()
        }
        let slot = (0...).first { !slots.contains($0) } ?? slots.count
        slots.insert(slot)
        let configuration = SandboxConfiguration(
            method: method, supervisor: executable, programs: programs, dataRoot: root, inputs: setup.inputs,
            scratch: "\(scratch)/worker-\(slot)", code: setup.code, network: setup.network, identity: .forWorker(slot))
        do {
            return try await Worker(slot: slot, setup: setup, configuration: configuration)
        } catch {
            slots.remove(slot)
            wakeOne()
            throw error
        }
    }

    /// The last one used, but rather one whose process waits for a datum than one that would have to start it.
    private func takeIdle(_ setup: WorkerSetup) -> Worker? {
        let fitting = idle.indices.filter { idle[$0].setup == setup }
        return (fitting.last { idle[$0].holdsProcess } ?? fitting.last).map { idle.remove(at: $0) }
    }

    /// Gives a worker back; it stays warm for a while.
    public func release(_ worker: Worker) async {
        if isClosed || worker.isBroken {
            await discard(worker)
        } else {
            idle.append(worker)
            if idle.count > Self.idleCountMax { await discard(idle.removeFirst()) }
        }
        wakeOne()
    }

    /// Ends the workers of a pipeline that changed or went.
    public func forget(_ pipeline: PipelineName) async {
        let gone = idle.filter { $0.setup.pipeline == pipeline }
        idle.removeAll { $0.setup.pipeline == pipeline }
        for worker in gone { await discard(worker) }
    }

    private func discard(_ worker: Worker) async {
        await worker.close()
        slots.remove(worker.slot)
        wakeOne()
    }

    /// How many wait because all workers are in use.
    var waitingCount: Int { waiting.count }

    private func waitForTurn() async throws {
        let ticket = nextTicket
        nextTicket += 1
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (turn: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    turn.resume(throwing: CancellationError())
                } else {
                    waiting.append((ticket, turn))
                }
            }
        } onCancel: {
            Task { await self.giveUp(ticket) }
        }
    }

    private func giveUp(_ ticket: Int) {
        guard let index = waiting.firstIndex(where: { $0.ticket == ticket }) else { return }
        waiting.remove(at: index).turn.resume(throwing: CancellationError())
    }

    private func wakeOne() {
        if !waiting.isEmpty { waiting.removeFirst().turn.resume() }
    }

    /// Ends all workers that wait; those in use are ended when they come back.
    public func close() async {
        isClosed = true
        let all = idle
        idle = []
        for worker in all { await discard(worker) }
        for waiter in waiting { waiter.turn.resume() }
        waiting = []
    }
}
