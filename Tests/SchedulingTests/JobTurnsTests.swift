import Model
import Testing

@testable import Scheduling

@Suite("Where more jobs could start than may run")
struct JobTurnsTests {
    private let names: [PipelineName]

    init() throws {
        names = try ["a", "b", "c"].map { try PipelineName($0) }
    }

    /// Each of the pipelines has a job that could start; one does.
    /// - Returns: whose.
    private func startOne(of pipelines: [PipelineName], _ turns: inout JobTurns) -> PipelineName? {
        let jobs = pipelines.map { WaitingJob(seq: 1, link: JobLink(pipeline: $0, id: .random()), inputs: .finished) }
        var started: PipelineName?
        for action in turns.ordered(jobs.map { .start($0) }) {
            if started == nil {
                started = action.pipeline
                turns.take(action.pipeline)
            } else {
                turns.wait(action.pipeline)
            }
        }
        return started
    }

    @Test("each pipeline gets its turn, however many jobs another one has")
    func rotation() {
        var turns = JobTurns()
        #expect((0..<6).map { _ in startOne(of: names, &turns) } == names + names)
    }

    @Test("one that comes later waits for those that were there")
    func newcomer() {
        var turns = JobTurns()
        #expect(startOne(of: Array(names[1...]), &turns) == names[1])
        #expect(startOne(of: names, &turns) == names[2])
        #expect(startOne(of: names, &turns) == names[0])
    }

    @Test("one that has nothing to do any more loses its place")
    func leaver() {
        var turns = JobTurns()
        _ = startOne(of: [names[0], names[2]], &turns)
        _ = startOne(of: [names[0]], &turns)
        #expect(startOne(of: [names[1], names[2]], &turns) == names[1])
    }

    @Test("what is done before a job of the same pipeline starts comes before it")
    func order() {
        var turns = JobTurns()
        turns.wait(names[2])
        let jobs = (0..<3).map { WaitingJob(seq: $0, link: JobLink(pipeline: names[2], id: .random()), inputs: .finished) }
        let other = WaitingJob(seq: 3, link: JobLink(pipeline: names[0], id: .random()), inputs: .finished)
        let own: [Planner.Action] = [.supersede(jobs[0], by: jobs[2].link), .supersede(jobs[1], by: jobs[2].link), .start(jobs[2])]
        #expect(turns.ordered([.start(other)] + own) == own + [.start(other)])
    }
}
