public import Model
internal import Synchronization

/// How far a job is that runs. It lives in memory alone: a state that a crash would void anyway costs no flush.
public final class JobProgress: Sendable {
    public struct Snapshot: Sendable {
        public var state = JobState.starting
        public var counts = DatumCounts()
        public var stats = ProcessStatistics()
        public var planning: Double?
        public var started = Timestamp.now
        /// The datums that this job processes; nil before they are known.
        public var planned: Set<Digest>?
        /// The datums that ended in this job: how, and what it took.
        public var datums: [Digest: (state: DatumState, stats: ProcessStatistics)] = [:]

        /// Forgets what was counted; the time goes on.
        mutating func startAnew() {
            counts = DatumCounts()
            stats = ProcessStatistics()
            planned = nil
            datums = [:]
        }
    }

    /// Why a job's task was cancelled.
    enum Interruption: Sendable {
        /// Somebody stopped the job: it ends as killed.
        case stopped(reason: String)
        /// The engine stops: the job is left as it is.
        case abandoned
    }

    private let state = Mutex((snapshot: Snapshot(), interruption: Interruption?.none))

    init() {}

    public var snapshot: Snapshot { state.withLock { $0.snapshot } }

    /// Of the snapshot, without what is large in it.
    var jobState: JobState { state.withLock { $0.snapshot.state } }

    func update(_ change: (inout Snapshot) -> Void) {
        state.withLock { change(&$0.snapshot) }
    }

    var interruption: Interruption? { state.withLock { $0.interruption } }

    var isAbandoned: Bool {
        if case .abandoned = interruption { true } else { false }
    }

    func stop(reason: String) {
        state.withLock { $0.interruption = $0.interruption ?? .stopped(reason: reason) }
    }

    func abandon() {
        state.withLock { $0.interruption = .abandoned }
    }
}
