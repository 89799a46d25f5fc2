import Model
import Operations
import Testing

@testable import Engine

@Suite("A query for jobs")
struct JobQueryTests {
    @Test("reads no more rows than are wanted where the database knows the states that are asked for")
    func rows() {
        for states: Set<JobState> in [[], [.success], [.failure, .killed, .unrunnable]] {
            #expect(JobQuery(states: states, number: 5).rowCountMax == 5)
            #expect(JobQuery(states: states).rowCountMax == nil)
        }
        #expect(JobQuery(states: [.running], number: 5).rowCountMax == nil)
    }

    @Test("for the jobs of a set fails where there is no such set, not where none of its jobs is in the state that is asked for")
    func unknownSet() async throws {
        try await TestEngine.with { root in
            let engine = root.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("copy", reading: ["in"], "true")
            let id = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            #expect(try await engine.listJobs(JobQuery(id: id)).count == 1)
            #expect(try await engine.listJobs(JobQuery(id: id, states: [.killed])).isEmpty)
            for query in [JobQuery(id: .random()), JobQuery(pipeline: try PipelineName("copy"), id: .random(), states: [.success])] {
                let error = await #expect(throws: PachError.self) { try await engine.listJobs(query) }
                #expect(error?.code == .notFound)
            }
            #expect(try await engine.listJobSets(number: nil).first?.jobs.count == 1)
        }
    }

    @Test("lists jobs while others are deleted", .timeLimit(.minutes(1)))
    func deletion() async throws {
        try await TestEngine.with { root in
            let engine = root.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("copy", reading: ["in"], "true")
            for number in 0..<20 { _ = try await engine.put([(FilePath("/\(number)"), [1])], in: CommitReference("in@master")) }
            let jobs = try await engine.listJobs(JobQuery())
            #expect(jobs.count >= 20)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for job in jobs { try await engine.deleteJob(job.job.pipeline.name, job.job.id) }
                }
                group.addTask {
                    while try await !engine.listJobs(JobQuery()).isEmpty { try Task.checkCancellation() }
                }
                // The first error cancels the other one.
                for try await _ in group {}
            }
        }
    }
}
