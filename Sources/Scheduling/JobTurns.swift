internal import Model

/// Whose turn it is where more pipelines have a job that could start than may run: each gets one before another that came later, or had one, gets
/// its next.
struct JobTurns {
    /// Of the pipelines that wait for a job of another one to end: their places, by which the first one came first.
    private var places: [PipelineName: Int] = [:]
    private var nextPlace = 0

    /// Those of the pipelines that wait come first. One of which there is nothing to do waits no longer.
    mutating func ordered(_ actions: [Planner.Action]) -> [Planner.Action] {
        let pipelines = Set(actions.map(\.pipeline))
        places = places.filter { pipelines.contains($0.key) }
        let keyed = actions.enumerated().map { (place: places[$0.element.pipeline] ?? .max, offset: $0.offset, action: $0.element) }
        return keyed.sorted { ($0.place, $0.offset) < ($1.place, $1.offset) }.map(\.action)
    }

    /// Notes that there was no room for a job of the pipeline.
    mutating func wait(_ pipeline: PipelineName) {
        guard places[pipeline] == nil else { return }
        places[pipeline] = nextPlace
        nextPlace += 1
    }

    /// Notes that the pipeline had its turn.
    mutating func take(_ pipeline: PipelineName) {
        places[pipeline] = nil
    }
}
