internal import Foundation
public import Model
internal import Synchronization

/// Workers that wait, kept warm, so that a datum begins within milliseconds; a bounded number, least recently used out first.
///
/// Where all are in use, those that come back go to the pipeline that has the fewest.
public actor WorkerPool {
    /// Workers that are kept though nobody uses them.
    public static let idleCountMax = 8
    /// Workers at the same time, over all pipelines; jobs share what there is.
    public static let workerCountMax = 64

    /// What somebody gets to have a worker by.
    private enum Place {
        /// One of the same set-up, or one that has to be closed first.
        case worker(Worker)
        case slot(Int)
    }

    private struct Waiter {
        let ticket: Int
        let pipeline: PipelineName
        let isWanted: @Sendable () -> Bool
        let turn: CheckedContinuation<Place?, any Error>
    }

    public nonisolated let code: CodeFolders
    private let root: String
    private let scratch: String
    private let executable: String
    private let choice: SandboxChoice
    private let notices: Notices
    private let bubblewrapPlaces: [String]
    /// At most `workerCountMax`.
    public nonisolated let countMax: Int
    private var detection: Task<SandboxSupport, any Error>?
    /// What came of it.
    private var support: SandboxSupport?
    /// Least recently used first.
    private var idle: [Worker] = []
    private var slots = IndexSet()
    /// Places in use, by pipeline.
    private(set) var useCounts: [PipelineName: Int] = [:]
    /// Those for whom there was no place, oldest first. While there are any no worker is idle.
    private var waiting: [Waiter] = []
    private var nextTicket = 0
    private var isClosed = false

    /// - Parameters:
    ///   - root: the data root, which user code does not see.
    ///   - scratch: the folder of the workers' folders.
    ///   - executable: the running `pach`.
    ///   - bubblewrapPlaces: where bubblewrap is looked for.
    ///   - countMax: how many workers there may be.
    ///   - notices: told where there is no sandbox.
    public init(
        root: String, scratch: String, executable: String, choice: SandboxChoice, bubblewrapPlaces: [String] = SandboxSupport.places,
        countMax: Int = WorkerPool.workerCountMax, notices: Notices
    ) {
        precondition((1...Self.workerCountMax).contains(countMax), "each worker has an identity of its own")
        code = CodeFolders(folder: scratch + "/code", notices: notices)
        self.root = root
        self.scratch = scratch
        self.executable = executable
        self.choice = choice
        self.notices = notices
        self.bubblewrapPlaces = bubblewrapPlaces
        self.countMax = countMax
    }

    /// The folder of the running `pach`, with which `PATH` begins.
    public nonisolated var programs: String { URL(fileURLWithPath: executable).deletingLastPathComponent().path }

    /// How user code is kept apart, in a word for people; once bubblewrap was tried, with what came of that.
    public var note: String {
        switch (choice, support?.reason) {
        case (.none, _): "without a sandbox, as asked for"
        case (.automatic, let reason?): "without a sandbox, since bubblewrap does not work here: \(reason)"
        case (.bubblewrap, let reason?): "only in a bubblewrap sandbox, which does not work here: \(reason)"
        case (_, nil) where support != nil: "in a bubblewrap sandbox"
        case (.automatic, nil): "in a bubblewrap sandbox where the system allows it"
        case (.bubblewrap, nil): "only in a bubblewrap sandbox"
        }
    }

    /// How user code is kept apart here: found out once, and said once where it is not as it should be.
    /// - Throws: `notSupported` where only bubblewrap will do, and it does not work here; ``SandboxError`` where the machine lacked
    ///   something just now. The next caller tries again then: else a full disk would cost all later jobs their sandbox.
    public func method() async throws -> SandboxMethod {
        guard choice != .none else { return .plain }
        let support = try await detect()
        if choice == .bubblewrap, let reason = support.reason {
            throw PachError(
                .notSupported, "user code is to run in a bubblewrap sandbox and nowhere else, and none works here", cause: reason,
                hint: "Mend that, or leave out --sandbox bubblewrap: user code then runs without a sandbox where it must.")
        }
        return support.method
    }

    private func detect() async throws -> SandboxSupport {
        let detection = detection ?? startDetection()
        self.detection = detection
        do {
            return try await detection.value
        } catch {
            if self.detection == detection { self.detection = nil }
            throw error
        }
    }

    /// A task of its own: that the job which asks first is stopped meanwhile says nothing of sandboxes.
    private func startDetection() -> Task<SandboxSupport, any Error> {
        Task {
            do {
                let found = try await SandboxSupport.detect(supervisor: executable, folder: scratch, places: bubblewrapPlaces)
                if choice == .automatic, let reason = found.reason {
                    notices.report("user code runs without a sandbox, and /pfs is not at /pfs, until pach starts anew: \(reason)")
                }
                support = found
                return found
            } catch {
                notices.report("the machine could not try bubblewrap now, which will be tried again before user code runs: \(error)")
                throw error
            }
        }
    }

    /// A worker of the set-up, warm where there is one. Waits while `countMax` are in use.
    /// - Parameter isWanted: whether there is something to do for it yet; asked also while it waits, whenever another one comes back.
    /// - Returns: nil where there is not.
    /// - Throws: `CancellationError` where the task is cancelled while it waits.
    public func lease(_ setup: WorkerSetup, while isWanted: @escaping @Sendable () -> Bool) async throws -> Worker? {
        let method = try await method()
        if isClosed { throw PachError.engineStops }
        guard isWanted() else { return nil }
        var place = takePlace(setup)
        if place == nil { place = try await waitForTurn(setup, while: isWanted) }
        let slot: Int
        switch place {
        case nil: return nil
        case .worker(let worker) where worker.setup == setup: return worker
        case .worker(let other):
            await end(other)
            slot = other.slot
        case .slot(let free): slot = free
        }
        let configuration = SandboxConfiguration(
            method: method, supervisor: executable, programs: programs, dataRoot: root, inputs: setup.inputs,
            scratch: "\(scratch)/worker-\(slot)", code: setup.code, network: setup.network, identity: .forWorker(slot))
        do {
            let worker = try await Worker(slot: slot, setup: setup, configuration: configuration)
            await code.beginUse(of: setup.code)
            return worker
        } catch {
            countUse(of: setup.pipeline, -1)
            leave(slot)
            throw error
        }
    }

    /// - Returns: nil where all places are in use.
    private func takePlace(_ setup: WorkerSetup) -> Place? {
        let place: Place
        if let worker = takeIdle(setup) {
            place = .worker(worker)
        } else if slots.count < countMax {
            let slot = (0...).first { !slots.contains($0) } ?? slots.count
            slots.insert(slot)
            place = .slot(slot)
        } else if !idle.isEmpty {
            place = .worker(idle.removeFirst())
        } else {
            return nil
        }
        countUse(of: setup.pipeline, 1)
        return place
    }

    /// The last one used, but rather one whose process waits for a datum than one that would have to start it.
    private func takeIdle(_ setup: WorkerSetup) -> Worker? {
        let fitting = idle.indices.filter { idle[$0].setup == setup }
        return (fitting.last { idle[$0].holdsProcess } ?? fitting.last).map { idle.remove(at: $0) }
    }

    private func countUse(of pipeline: PipelineName, _ change: Int) {
        let count = useCounts[pipeline, default: 0] + change
        useCounts[pipeline] = count == 0 ? nil : count
    }

    /// Gives a worker back, without what user code left in it; it stays warm for a while, unless somebody waits.
    public func release(_ worker: Worker) async {
        if !worker.isBroken { await worker.clear() }
        countUse(of: worker.setup.pipeline, -1)
        if isClosed || worker.isBroken {
            await discard(worker)
        } else if !handOver(.worker(worker)) {
            idle.append(worker)
            if idle.count > Self.idleCountMax { await discard(idle.removeFirst()) }
        }
    }

    /// Whether the worker is to be given back between two datums: a pipeline waits that has fewer than this one will have left.
    public func isMissedElsewhere(_ worker: Worker) -> Bool {
        let count = useCounts[worker.setup.pipeline, default: 0]
        return waiting.contains { useCounts[$0.pipeline, default: 0] < count - 1 && $0.isWanted() }
    }

    /// Ends the workers of a pipeline that changed or went.
    public func forget(_ pipeline: PipelineName) async {
        let gone = idle.filter { $0.setup.pipeline == pipeline }
        idle.removeAll { $0.setup.pipeline == pipeline }
        for worker in gone { await discard(worker) }
    }

    private func discard(_ worker: Worker) async {
        await end(worker)
        leave(worker.slot)
    }

    private func end(_ worker: Worker) async {
        await worker.close()
        await code.endUse(of: worker.setup.code)
    }

    private func leave(_ slot: Int) {
        if !handOver(.slot(slot)) { slots.remove(slot) }
    }

    /// Gives a place to whoever waits and has the fewest, and sends those away who have nothing to do any more.
    /// - Returns: whether somebody has it now.
    private func handOver(_ place: Place) -> Bool {
        waiting = waiting.filter { waiter in
            // Asked once: the answer may change meanwhile.
            guard !waiter.isWanted() else { return true }
            waiter.turn.resume(returning: nil)
            return false
        }
        let next = waiting.indices.min { useCounts[waiting[$0].pipeline, default: 0] < useCounts[waiting[$1].pipeline, default: 0] }
        guard let next else { return false }
        let waiter = waiting.remove(at: next)
        countUse(of: waiter.pipeline, 1)
        waiter.turn.resume(returning: place)
        return true
    }

    /// How many wait because all workers are in use.
    var waitingCount: Int { waiting.count }

    private func waitForTurn(_ setup: WorkerSetup, while isWanted: @escaping @Sendable () -> Bool) async throws -> Place? {
        let ticket = nextTicket
        nextTicket += 1
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (turn: CheckedContinuation<Place?, any Error>) in
                if Task.isCancelled {
                    turn.resume(throwing: CancellationError())
                } else {
                    waiting.append(Waiter(ticket: ticket, pipeline: setup.pipeline, isWanted: isWanted, turn: turn))
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

    /// Ends all workers that wait; those in use are ended when they come back.
    public func close() async {
        isClosed = true
        await code.close()
        let all = idle
        idle = []
        for worker in all { await discard(worker) }
        for waiter in waiting { waiter.turn.resume(throwing: PachError.engineStops) }
        waiting = []
    }
}
