import Engine
import Foundation
import Ledger
import Model
import Operations
import Testing

@Suite("A pipeline that is run again")
struct RerunTests {
    private static let files = ["/a", "/bad"]

    /// A pipeline that writes its job's id for each of two files, and fails for one of them as long as `trouble` is there.
    private func withStamp(_ body: (TestEngine, _ stamp: PipelineName, _ trouble: String) async throws -> Void) async throws {
        try await TestEngine.with { test in
            let trouble = test.root.path + ".trouble"
            try Data().write(to: URL(fileURLWithPath: trouble))
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline(
                "stamp", reading: ["in"],
                #"name=$(basename "$in"); [ $name = a ] || [ ! -e '\#(trouble)' ]; echo "$PACH_JOB_ID" > "$out/$name""#)
            _ = try await test.engine.run { _ in }
            _ = try await test.engine.put(Self.files.map { (try FilePath($0), [1]) }, in: CommitReference("in@master"))
            try await body(test, PipelineName("stamp"), trouble)
        }
    }

    /// Runs what waits, which is to be one job, and to be good.
    private func job(_ engine: Engine, _ place: SourceLocation = #_sourceLocation) async throws -> JobInfo {
        let jobs = try await engine.run { _ in }
        #expect(jobs.map(\.state) == [.success], sourceLocation: place)
        return try #require(jobs.last, sourceLocation: place)
    }

    /// The jobs that made the files.
    private func makers(_ engine: Engine) async throws -> [String] {
        let outputs = try await engine.files(of: CommitReference("stamp@master"))
        return try Self.files.map { path in
            String(decoding: try #require(outputs[FilePath(path)]), as: UTF8.self).trimmingCharacters(in: .newlines)
        }
    }

    @Test("tries what failed again, and keeps what succeeded")
    func failure() async throws {
        try await withStamp { test, stamp, trouble in
            let failed = try await test.engine.run { _ in }
            #expect(failed.map(\.state) == [.failure])
            try FileManager.default.removeItem(atPath: trouble)
            #expect(try await test.engine.run { _ in }.isEmpty)
            try await test.engine.rerunPipeline(stamp, reprocess: false)
            let job = try await job(test.engine)
            #expect(job.dataProcessed == 1)
            #expect(job.dataSkipped == 1)
            #expect(try await makers(test.engine) == [try #require(failed.first).job.id.description, job.job.id.description])
            #expect(try await test.engine.inspectPipeline(stamp).version == 1)
        }
    }

    @Test("processes all again where that is asked for: as a new version of the same spec, which a rebuilt database knows, too")
    func reprocess() async throws {
        try await withStamp { test, stamp, trouble in
            try FileManager.default.removeItem(atPath: trouble)
            let first = try await job(test.engine).job.id.description
            let before = try await test.engine.inspectPipeline(stamp)
            try await test.engine.rerunPipeline(stamp, reprocess: true)
            let second = try await job(test.engine).job.id.description
            #expect(second != first)
            #expect(try await makers(test.engine) == [second, second])
            let after = try await test.engine.inspectPipeline(stamp)
            #expect(after.version == 2)
            #expect(after.userSpec == before.userSpec)
            #expect(after.spec == before.spec)

            try await test.engine.rerunPipeline(stamp, reprocess: false)
            #expect(try await job(test.engine).dataSkipped == 2)
            _ = try await test.rebuild {}
            try await test.engine.rerunPipeline(stamp, reprocess: false)
            _ = try await test.engine.run { _ in }
            #expect(try await makers(test.engine) == [second, second])
            #expect(try await test.engine.inspectPipeline(stamp).version == 2)
        }
    }

    @Test("ends the workers of the version before, where all is processed again")
    func workers() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("parent", reading: ["in"], #"echo $PPID > "$out/supervisor""#)
            _ = try await engine.run { _ in }
            _ = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            _ = try await job(engine)
            let output = try #require(try await engine.files(of: CommitReference("parent@master"))[FilePath("/supervisor")])
            let supervisor = try #require(pid_t(String(decoding: output, as: UTF8.self).trimmingCharacters(in: .newlines)))
            // Asks whether there is one, and no more (kill(2)).
            func isThere() -> Bool { kill(supervisor, 0) == 0 }
            try await engine.rerunPipeline(PipelineName("parent"), reprocess: false)
            #expect(isThere())
            try await engine.rerunPipeline(PipelineName("parent"), reprocess: true)
            #expect(!isThere())
        }
    }

    @Test("keeps its code")
    func code() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            let spec = """
                {"pipeline":{"name":"coded"},"input":{"pfs":{"repo":"in","glob":"/*"}},
                 "transform":{"cmd":["sh","-ec","cat said > \\"${in%/in/*}/out/said\\""],"build":{"path":"."}}}
                """
            let said = CodeFile(path: try FilePath("/said"), bytes: Array("so".utf8), isExecutable: false)
            _ = try await engine.createPipeline(PipelineRequest(spec: spec, fileName: "test", code: [said]))
            _ = try await engine.run { _ in }
            _ = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            _ = try await job(engine)
            try await engine.rerunPipeline(PipelineName("coded"), reprocess: true)
            #expect(try await job(engine).dataProcessed == 1)
            #expect(try await engine.files(of: CommitReference("coded@master")) == [try FilePath("/said"): Array("so".utf8)])
        }
    }

    @Test("not where it is stopped, lacks something, or is not there", arguments: [false, true])
    func refused(reprocess: Bool) async throws {
        try await withStamp { test, stamp, _ in
            func refusal() async -> PachError? {
                await #expect(throws: PachError.self) { try await test.engine.rerunPipeline(stamp, reprocess: reprocess) }
            }
            try await test.engine.stopPipeline(stamp)
            let stopped = await refusal()
            #expect(stopped?.code == .conflict)
            #expect(stopped?.message == "pipeline stamp is stopped")
            try await test.engine.startPipeline(stamp)
            try await test.engine.deleteRepo(RepoName("in"), force: true)
            let lacking = await refusal()
            #expect(lacking?.code == .conflict)
            #expect(lacking?.message == "pipeline stamp cannot run: repo in, which it reads, is gone")
            #expect(try await test.engine.inspectPipeline(stamp).version == 1)
            try await test.engine.deletePipeline(stamp, keepRepo: false, force: false)
            #expect(await refusal()?.code == .notFound)
        }
    }
}
