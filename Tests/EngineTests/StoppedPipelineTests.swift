import Engine
import Model
import Operations
import TestSupport
import Testing

@Suite("A pipeline whose jobs end before their time")
struct StoppedPipelineTests {
    enum Change: CaseIterable {
        case stopAndStart
        case update
        case deleteAndCreate
    }

    @Test("none of those that waited runs, whatever ended them", .timeLimit(.minutes(1)), arguments: Change.allCases)
    func waitingJobs(change: Change) async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let copy = try PipelineName("copy")
            let gate = try JobGate(test)
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("copy", reading: ["in"], gate.script)
            let first = try await engine.put([(FilePath("/a"), Array("wait".utf8))], in: CommitReference("in@master"))
            let second = try await engine.put([(FilePath("/a"), Array("go".utf8))], in: CommitReference("in@master"))
            let watch = Task { try await engine.watch() }
            defer { watch.cancel() }
            #expect(try await gate.arrival() == first.description)

            switch change {
            case .stopAndStart:
                try await engine.stopPipeline(copy)
                #expect(try await engine.inspectJob(copy, second, wait: false).state == .killed)
                try await engine.startPipeline(copy)
            case .update:
                try await engine.updatePipeline("copy")
                #expect(try await engine.inspectJob(copy, second, wait: false).state == .killed)
            case .deleteAndCreate:
                try await engine.deletePipeline(copy, keepRepo: false, force: false)
                try await engine.createPipeline("copy", reading: ["in"], gate.script)
            }
            let new = try #require(try await engine.listJobs(JobQuery(pipeline: copy, number: 1)).first?.job.id)
            #expect(try await engine.inspectJob(copy, new, wait: true).state == .success)
            #expect(try gate.jobs() == [first, new].map(\.description))
        }
    }

    /// Pipelines `e` from in@master, `c` from that, and `d` from `c` and in@dev, which is made while `c` is stopped.
    private func withMeetingBranches(_ body: (TestEngine) async throws -> Void) async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("e", reading: ["in"], #"cp "$in" "$out/""#)
            try await engine.createPipeline("c", reading: ["e"], #"cp "$e" "$out/""#)
            try await engine.stopPipeline(PipelineName("c"))
            let input = #"{"cross":[{"pfs":{"repo":"c","glob":"/*"}},{"pfs":{"repo":"in","branch":"dev","glob":"/*"}}]}"#
            let spec = #"{"pipeline":{"name":"d"},"input":\#(input),"transform":{"cmd":["true"]}}"#
            _ = try await engine.createPipeline(PipelineRequest(spec: spec, fileName: "test"))
            try await body(test)
        }
    }

    @Test("does not start where two branches of a repo would meet in what reads it, and works again once that is gone")
    func meetingBranches() async throws {
        try await withMeetingBranches { test in
            let engine = test.engine
            let error = await #expect(throws: PachError.self) { try await engine.startPipeline(PipelineName("c")) }
            #expect(error?.code == .conflict)
            #expect(error?.message.hasPrefix("pipeline c cannot start: multiple branches from the same repo, 'in'") == true)
            #expect(error?.hint?.contains("d, e") == true)
            #expect(try await engine.inspectPipeline(PipelineName("c")).stopped)
            _ = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))

            try await engine.stopPipeline(PipelineName("d"))
            try await engine.startPipeline(PipelineName("c"))
            _ = try await engine.run { _ in }
            #expect(try await engine.files(of: CommitReference("c@master")) == [FilePath("/a"): [1]])
            await #expect(throws: PachError.self) { try await engine.startPipeline(PipelineName("d")) }
        }
    }

    @Test("stays stopped in a rebuild where two branches of a repo would meet, of which the rebuild tells")
    func rebuiltWithMeetingBranches() async throws {
        try await withMeetingBranches { test in
            _ = try await test.engine.fsck(publish: true, fix: false)
            let git = try test.git(PipelineName("c").repo(.spec))
            let report = try await test.rebuild { _ = try git.run("update-ref", "-d", "refs/pach/stopped") }
            #expect(report.losses.contains { $0.hasPrefix("pipeline e: it is stopped now: multiple branches") }, "\(report.losses)")
            #expect(try await test.engine.inspectPipeline(PipelineName("e")).stopped)
            #expect(try await !test.engine.inspectPipeline(PipelineName("c")).stopped)
            _ = try await test.engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
        }
    }
}
