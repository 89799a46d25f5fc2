public import Model

/// What a monitor wants to know of jobs.
public struct JobFigures: Sendable, Hashable {
    /// How many jobs ended since the data root was opened, by pipeline and the state that they ended in.
    public var ended: [PipelineName: [JobState: Int]]
    /// When the newest good job of each pipeline ended, of those that have one.
    public var lastSuccess: [PipelineName: Timestamp]
    public var waiting: Int
    public var running: Int

    public init(
        ended: [PipelineName: [JobState: Int]] = [:], lastSuccess: [PipelineName: Timestamp] = [:], waiting: Int = 0, running: Int = 0
    ) {
        self.ended = ended
        self.lastSuccess = lastSuccess
        self.waiting = waiting
        self.running = running
    }
}
