import Model
import Scheduling
import Testing

@Suite("The planner")
struct PlannerTests {
    private static func job(_ seq: Int64, _ inputs: WaitingJob.Inputs) throws -> WaitingJob {
        WaitingJob(seq: seq, link: JobLink(pipeline: try PipelineName("train"), id: .random()), inputs: inputs)
    }

    @Test("starts the oldest job once its inputs are finished")
    func oldestFirst() throws {
        let jobs = [try Self.job(1, .finished), try Self.job(2, .finished)]
        #expect(Planner.actions(for: [JobQueue(mode: .all, running: nil, waiting: jobs)]) == [.start(jobs[0])])
    }

    @Test("never lets a job overtake an older one of its pipeline")
    func order() throws {
        let jobs = [try Self.job(1, .open), try Self.job(2, .finished)]
        #expect(Planner.actions(for: [JobQueue(mode: .all, running: nil, waiting: jobs)]).isEmpty)
    }

    @Test("runs one job of a pipeline at a time, and pipelines beside each other")
    func oneAtATime() throws {
        let first = try Self.job(2, .finished)
        let second = try Self.job(3, .finished)
        let actions = Planner.actions(for: [
            JobQueue(mode: .all, running: 1, waiting: [first]), JobQueue(mode: .all, running: nil, waiting: [second]),
        ])
        #expect(actions == [.start(second)])
    }

    @Test("gives up a job whose input failed, and goes on with the next")
    func unrunnable() throws {
        let jobs = [try Self.job(1, .failed(["ingest"])), try Self.job(2, .finished)]
        #expect(
            Planner.actions(for: [JobQueue(mode: .all, running: nil, waiting: jobs)])
                == [.markUnrunnable(jobs[0], because: ["ingest"]), .start(jobs[1])])
    }

    @Test("gives up a job whose input was superseded, and says that, too")
    func followSuperseded() throws {
        let jobs = [try Self.job(1, .superseded(["ingest"])), try Self.job(2, .finished)]
        #expect(
            Planner.actions(for: [JobQueue(mode: .all, running: nil, waiting: jobs)])
                == [.followSuperseded(jobs[0], in: ["ingest"]), .start(jobs[1])])
    }

    @Test("where only the latest is wanted, starts the newest that can run and supersedes the older ones")
    func latest() throws {
        let jobs = [try Self.job(1, .finished), try Self.job(2, .open), try Self.job(3, .finished), try Self.job(4, .open)]
        #expect(
            Planner.actions(for: [JobQueue(mode: .latest, running: nil, waiting: jobs)])
                == [.supersede(jobs[0], by: jobs[2].link), .supersede(jobs[1], by: jobs[2].link), .start(jobs[2])])
    }

    @Test("where only the latest is wanted, supersedes also while a job runs, so that no more than one that can run waits behind it")
    func latestWhileRunning() throws {
        let jobs = [try Self.job(2, .finished), try Self.job(3, .open), try Self.job(4, .finished), try Self.job(5, .open)]
        #expect(
            Planner.actions(for: [JobQueue(mode: .latest, running: 1, waiting: jobs)])
                == [.supersede(jobs[0], by: jobs[2].link), .supersede(jobs[1], by: jobs[2].link)])
    }
}
