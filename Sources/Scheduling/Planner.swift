public import Model

/// A job that has not ended, as the planner sees it.
public struct WaitingJob: Sendable, Hashable {
    /// What is known of the commits that it reads.
    public enum Inputs: Sendable, Hashable {
        case finished
        /// At least one is still open.
        case open
        /// At least one ended with an error; the pipelines that failed, by name.
        case failed([String])
        /// At least one ended because a newer one took its place, and none because something failed; the pipelines that make them, by name.
        case superseded([String])
    }

    public var seq: Int64
    public var link: JobLink
    public var inputs: Inputs

    public init(seq: Int64, link: JobLink, inputs: Inputs) {
        self.seq = seq
        self.link = link
        self.inputs = inputs
    }
}

/// The jobs of a pipeline that have not ended.
public struct JobQueue: Sendable, Hashable {
    public var mode: PipelineSpec.Jobs
    /// The job that runs now.
    public var running: Int64?
    /// The others, oldest first.
    public var waiting: [WaitingJob]

    public init(mode: PipelineSpec.Jobs, running: Int64?, waiting: [WaitingJob]) {
        self.mode = mode
        self.running = running
        self.waiting = waiting
    }
}

/// Decides what should run: a pure function from the jobs that wait to what to do about them.
///
/// Jobs of one pipeline run one at a time and in the order of their commits; pipelines run beside each other.
public enum Planner {
    public enum Action: Sendable, Hashable {
        case start(WaitingJob)
        /// It can never run: an input ended with an error.
        case markUnrunnable(WaitingJob, because: [String])
        /// A newer job of a pipeline that wants only the latest takes its place.
        case supersede(WaitingJob, by: JobLink)
        /// It can never run, and newer ones will make what it would have: so it is with an input of its.
        case followSuperseded(WaitingJob, in: [String])

        /// Whose job it is about.
        var pipeline: PipelineName {
            switch self {
            case .start(let job), .markUnrunnable(let job, _), .supersede(let job, _), .followSuperseded(let job, _): job.link.pipeline.name
            }
        }
    }

    public static func actions(for queues: [JobQueue]) -> [Action] {
        queues.flatMap(actions)
    }

    private static func actions(for queue: JobQueue) -> [Action] {
        var actions: [Action] = []
        var runnable: [WaitingJob] = []
        for job in queue.waiting {
            switch job.inputs {
            case .failed(let pipelines): actions.append(.markUnrunnable(job, because: pipelines))
            case .superseded(let pipelines): actions.append(.followSuperseded(job, in: pipelines))
            case .finished, .open: runnable.append(job)
            }
        }
        switch queue.mode {
        case .all:
            if queue.running == nil, let first = runnable.first, first.inputs == .finished { actions.append(.start(first)) }
        case .latest:
            guard let index = runnable.lastIndex(where: { $0.inputs == .finished }) else { break }
            let chosen = runnable[index]
            // While a job runs, too: those that wait behind a long one would fill the backlog.
            actions += runnable[..<index].map { .supersede($0, by: chosen.link) }
            if queue.running == nil { actions.append(.start(chosen)) }
        }
        return actions
    }
}
