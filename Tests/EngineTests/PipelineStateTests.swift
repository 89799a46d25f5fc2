import Engine
import Foundation
import Ledger
import Model
import Operations
import TestSupport
import Testing

@Suite("A pipeline that lost what it needs says so, until that is mended")
struct PipelineStateTests {
    private func expectFailure(_ engine: Engine, _ reason: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let info = try await engine.inspectPipeline(PipelineName("copy"))
        #expect(info.state == .failure, sourceLocation: sourceLocation)
        #expect(info.reason == reason, sourceLocation: sourceLocation)
        let listed = try await engine.listPipelines().map(\.state)
        #expect(listed == [.failure], sourceLocation: sourceLocation)
    }

    private func expectWork(_ engine: Engine, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let before = try await engine.inspectPipeline(PipelineName("copy"))
        #expect(before.state == .running, sourceLocation: sourceLocation)
        #expect(before.reason == "", sourceLocation: sourceLocation)
        _ = try await engine.put([(FilePath("/new"), [7])], in: CommitReference("in@master"))
        let states = try await engine.run { _ in }.map(\.state)
        #expect(!states.isEmpty && states.allSatisfy { $0 == .success }, sourceLocation: sourceLocation)
        let input = try await engine.files(of: CommitReference("in@master"))
        let output = try await engine.files(of: CommitReference("copy@master"))
        #expect(output == input, sourceLocation: sourceLocation)
    }

    private func withPipeline(_ body: (Engine) async throws -> Void) async throws {
        try await TestEngine.with { test in
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline("copy", reading: ["in"], #"cp "$in" "$out/""#)
            _ = try await test.engine.put([(FilePath("/a"), [1]), (FilePath("/b"), [2])], in: CommitReference("in@master"))
            _ = try await test.engine.run { _ in }
            try await body(test.engine)
        }
    }

    @Test("one of its own repos is deleted by force; an update mends it", arguments: ["copy", "copy.meta", "copy.spec"])
    func ownRepo(name: String) async throws {
        try await withPipeline { engine in
            try await engine.deleteRepo(RepoName(name), force: true)
            try await expectFailure(engine, "its repo \(name) is gone; 'pach update pipeline' makes it anew")
            try await engine.updatePipeline("copy")
            try await expectWork(engine)
        }
    }

    @Test("its output branch is deleted by force; an update mends it")
    func outputBranch() async throws {
        try await withPipeline { engine in
            try await engine.deleteBranch(Branch(repo: RepoName("copy"), name: .master), force: true)
            try await expectFailure(
                engine, "its output branch copy@master was deleted and follows its inputs no longer; 'pach update pipeline' makes it anew")
            try await engine.updatePipeline("copy")
            try await expectWork(engine)
        }
    }

    @Test("a repo that it reads is deleted by force; another of that name mends it")
    func input() async throws {
        try await withPipeline { engine in
            try await engine.deleteRepo(RepoName("in"), force: true)
            try await expectFailure(engine, "repo in, which it reads, is gone; 'pach create repo in' makes it anew")
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await expectWork(engine)
        }
    }

    /// That a start is refused for the same reason that the pipeline gives, and changes nothing.
    private func expectNoStart(
        _ engine: Engine, _ problem: String, _ remedy: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await engine.inspectPipeline(PipelineName("copy"))
        let error = await #expect(throws: PachError.self, sourceLocation: sourceLocation) {
            try await engine.startPipeline(PipelineName("copy"))
        }
        #expect(error?.code == .conflict, sourceLocation: sourceLocation)
        #expect(error?.message == "pipeline copy cannot start: \(problem)", sourceLocation: sourceLocation)
        #expect(error?.hint == remedy, sourceLocation: sourceLocation)
        let after = try await engine.inspectPipeline(PipelineName("copy"))
        #expect(after.state == before.state, sourceLocation: sourceLocation)
        #expect(after.stopped == before.stopped, sourceLocation: sourceLocation)
    }

    @Test("a stopped pipeline is paused, whatever it lacks; to start it is refused, until that is mended")
    func stopped() async throws {
        try await withPipeline { engine in
            try await engine.stopPipeline(PipelineName("copy"))
            #expect(try await engine.inspectPipeline(PipelineName("copy")).state == .paused)
            try await engine.deleteRepo(RepoName("in"), force: true)
            #expect(try await engine.inspectPipeline(PipelineName("copy")).state == .paused)
            try await expectNoStart(engine, "repo in, which it reads, is gone", "'pach create repo in' makes it anew.")
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.deleteRepo(RepoName("copy"), force: true)
            try await expectNoStart(engine, "its repo copy is gone", "'pach update pipeline' makes it anew.")
            try await engine.updatePipeline("copy")
            try await engine.startPipeline(PipelineName("copy"))
            try await expectWork(engine)
        }
    }

    @Test("what is refused leaves no repo behind")
    func refused() async throws {
        try await TestEngine.with { test in
            let folders = { try Set(FileManager.default.contentsOfDirectory(atPath: test.root.path)) }
            let before = try folders()
            let error = await #expect(throws: PachError.self) {
                try await test.engine.createPipeline("copy", reading: ["misspelt"], "true")
            }
            #expect(error?.code == .notFound)
            #expect(try folders() == before)
        }
    }

    @Test("to start a pipeline that runs says what it lacks")
    func startedTwice() async throws {
        try await withPipeline { engine in
            try await engine.startPipeline(PipelineName("copy"))
            try await engine.deleteBranch(Branch(repo: RepoName("copy"), name: .master), force: true)
            try await expectNoStart(
                engine, "its output branch copy@master was deleted and follows its inputs no longer",
                "'pach update pipeline' makes it anew.")
            try await engine.deleteRepo(RepoName("in"), force: true)
            try await engine.deleteRepo(RepoName("copy"), force: true)
            try await expectNoStart(engine, "its repo copy is gone", "'pach update pipeline' makes it anew.")
        }
    }
}
