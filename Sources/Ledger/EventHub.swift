public import Model
internal import Synchronization

/// What happened in a data root, told after it became durable.
public enum LedgerEvent: Sendable {
    case commitFinished(CommitLink)
    /// A job was made, or changed its state. That it runs is told, too, though nothing is written down then.
    case jobChanged(JobLink, JobState)
    case pipelinesChanged
    /// Something happened that may let one of the jobs start that have not ended. Told once for all that became durable together.
    case jobsMayStart
    /// Commits are gone, with the jobs that made them.
    case commitsRemoved
    /// A repo is gone, with all commits in it and the jobs that made them.
    case repoRemoved
    /// Events were lost, because the listener was slow: look at everything again.
    case missed

    var mayLetJobsStart: Bool {
        switch self {
        case .commitFinished, .pipelinesChanged, .commitsRemoved, .repoRemoved: true
        // What reads the output of one that ended without a run can never run, which has to be written down.
        case .jobChanged(_, let state): state == .created || state.isTerminal
        // What listeners are told; it is in no transaction.
        case .jobsMayStart, .missed: false
        }
    }
}

/// Tells whoever waits that something happened, so that nobody has to poll.
public final class EventHub: Sendable {
    private struct State {
        var next = 0
        var listeners: [Int: Listener] = [:]
    }

    private struct Listener {
        let continuation: AsyncStream<LedgerEvent>.Continuation
        let wants: @Sendable (LedgerEvent) -> Bool
    }

    private let state = Mutex(State())

    public init() {}

    /// Events from now on. A listener that falls more than `bufferLimit` behind loses the oldest, and is told by `missed`; so it
    /// looks at the present state after each event rather than adding events up.
    /// - Parameters:
    ///   - bufferLimit: how far it may fall behind; 1 where one look serves all events, so that many make no queue of looks.
    ///   - wants: what it is told of, and woken for, besides `missed`.
    public func listen(
        bufferLimit: Int = EventHub.bufferLimit, _ wants: @escaping @Sendable (LedgerEvent) -> Bool = { _ in true }
    ) -> AsyncStream<LedgerEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: LedgerEvent.self, bufferingPolicy: .bufferingNewest(bufferLimit))
        let number = state.withLock { state in
            state.next += 1
            state.listeners[state.next] = Listener(continuation: continuation, wants: wants)
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.listeners.removeValue(forKey: number) }
        }
        return stream
    }

    public static let bufferLimit = 1024

    /// How many listen now.
    var listenerCount: Int { state.withLock { $0.listeners.count } }

    func send(_ events: [LedgerEvent]) {
        guard !events.isEmpty else { return }
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners {
            for event in events where listener.wants(event) {
                if case .dropped = listener.continuation.yield(event) { listener.continuation.yield(.missed) }
            }
        }
    }

    /// Tells that a job runs now, and has a log.
    public func tellStart(of job: JobLink) {
        send([.jobChanged(job, .running)])
    }

    /// Ends all streams.
    func close() {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.continuation.finish() }
    }

    /// Calls `check` now and after each event that `isRelevant`, until it returns a value.
    /// - Throws: `stopped` where the hub closes first; `CancellationError`.
    public func wait<Value>(
        for check: () async throws -> Value?, after isRelevant: (LedgerEvent) -> Bool = { _ in true }
    ) async throws -> Value {
        // Listening begins before the first look, so nothing falls between.
        let events = listen()
        if let value = try await check() { return value }
        for await event in events {
            if case .missed = event {} else if !isRelevant(event) { continue }
            if let value = try await check() { return value }
        }
        try Task.checkCancellation()
        throw PachError.engineStops
    }
}
