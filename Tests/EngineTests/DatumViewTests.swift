import Engine
import Model
import Operations
import Testing

@Suite("Datums are shown as what they are")
struct DatumViewTests {
    @Test("while their job runs, where it was stopped, and where it ended well", .timeLimit(.minutes(5)))
    func states() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let gate = try JobGate(test)
            let input = try CommitReference("in@master")
            let copy = try PipelineName("copy")
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("copy", reading: ["in"], gate.script)
            _ = try await engine.put([(FilePath("/a"), [1])], in: input)
            _ = try await engine.run { _ in }

            let stopped = try await engine.put([(FilePath("/b"), Array("wait".utf8))], in: input)
            let run = Task { try await engine.run { _ in } }
            #expect(try await gate.arrival() == stopped.description)
            let live = try await expectDatums(of: stopped, ["/a": .skipped, "/b": .starting], engine)
            #expect(live.allSatisfy { $0.hash == nil })
            try await engine.stopJob(copy, stopped)
            _ = try await run.value
            let unknown = try await expectDatums(of: stopped, ["/a": .unknown, "/b": .unknown], engine)
            #expect(unknown.allSatisfy { $0.hash == nil })

            let good = try await engine.put([(FilePath("/b"), [2])], in: input)
            _ = try await engine.run { _ in }
            let known = try await expectDatums(of: good, ["/a": .skipped, "/b": .success], engine)
            #expect(known.allSatisfy { $0.hash != nil })
        }
    }

    /// Looks at the datums in a list and one by one.
    private func expectDatums(
        of job: JobID, _ states: [String: DatumState], _ engine: Engine, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [DatumInfo] {
        let copy = try PipelineName("copy")
        let infos = try await engine.listDatums(copy, job)
        let shown = Dictionary(infos.map { ($0.data.map(\.file.path.description).joined(), $0.state) }) { first, _ in first }
        #expect(shown == states, sourceLocation: sourceLocation)
        for info in infos {
            #expect(try await engine.inspectDatum(copy, job, datum: info.datum.id) == info, sourceLocation: sourceLocation)
        }
        return infos
    }
}
