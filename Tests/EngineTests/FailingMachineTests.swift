import Foundation
import Ledger
import Model
import Operations
import Scheduling
import Testing

@testable import Engine

@Suite("A machine that cannot do now what a job needs")
struct FailingMachineTests {
    enum Obstacle: CaseIterable {
        /// The folder of pipelines' code cannot be made.
        case code
        /// Nor can what a worker shares with a process that takes many datums.
        case batchControl
    }

    @Test("leaves the job unfinished; it runs again once the machine can", arguments: Obstacle.allCases)
    func obstacle(_ obstacle: Obstacle) async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            _ = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            let build = #""build":{"path":"code"},"datum_batching":\#(obstacle == .batchControl),"cmd":["true"]"#
            let spec = #"{"pipeline":{"name":"copy"},"input":{"pfs":{"repo":"in","glob":"/*"}},"datum_tries":1,"transform":{\#(build)}}"#
            let code = [CodeFile(path: try FilePath("/program"), bytes: Array("text".utf8), isExecutable: false)]
            _ = try await engine.createPipeline(PipelineRequest(spec: spec, fileName: "test", code: code))

            // A file where the folder should be.
            let scratch = test.root.scratchPath
            let path = obstacle == .code ? scratch + "/code" : scratch + "/worker-0/control"
            let parent = URL(filePath: path).deletingLastPathComponent().path
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: path))
            await #expect(throws: PachError.self) { try await engine.run { _ in } }
            let copy = try PipelineName("copy")
            let job = try #require(try await engine.listJobs(JobQuery(pipeline: copy, number: 1)).first)
            #expect(job.finished == nil, "\(job.reason)")

            try FileManager.default.removeItem(atPath: path)
            _ = try await engine.run { _ in }
            #expect(try await engine.inspectJob(copy, job.job.id, wait: false).finished != nil)
        }
    }

    @Test("nor does it count as another program that one cannot be read")
    func unreadableProgram() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            _ = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            // A file of which the first byte gives EIO.
            let transform = #""transform":{"cmd":["/proc/self/mem"]}"#
            let spec = #"{"pipeline":{"name":"copy"},"input":{"pfs":{"repo":"in","glob":"/*"}},"datum_tries":1,\#(transform)}"#
            _ = try await engine.createPipeline(PipelineRequest(spec: spec, fileName: "test"))
            let error = await #expect(throws: PachError.self) { try await engine.run { _ in } }
            #expect(error?.code == .io)
            let job = try await engine.listJobs(JobQuery(pipeline: try PipelineName("copy"), number: 1)).first
            #expect(job?.state == .created)
        }
    }

    @Test("ends no other datum of the job, and those that end are not processed again")
    func otherDatums() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let gate = try JobGate(test)
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("copy", reading: ["in"], parallelism: 2, gate.script)
            let id = try await engine.put([(FilePath("/a"), [1]), (FilePath("/b"), [2])], in: CommitReference("in@master"))
            // A file where the folder of the second worker should be, which fails before the program of the first one has begun.
            let path = test.root.scratchPath + "/worker-1"
            try Data().write(to: URL(filePath: path))
            await #expect(throws: PachError.self) { try await engine.run { _ in } }

            try FileManager.default.removeItem(atPath: path)
            let job = try #require(try await engine.run { _ in }.first { $0.job.id == id })
            #expect(job.state == .success)
            #expect((job.dataProcessed, job.dataSkipped) == (0, 2))
            #expect(try gate.jobs().count == 2)
        }
    }

    @Test("is asked again after a pause though nothing happens, and then after longer ones", .timeLimit(.minutes(1)))
    func pauses() async throws {
        try await Self.withoutLogs { engine, id, logs in
            try await Self.watching(engine) { pauses, end in
                #expect(await pauses.next() == .seconds(5))
                end()
                #expect(await pauses.next() == .seconds(10))
                try FileManager.default.removeItem(atPath: logs)
                end()
                #expect(try await engine.inspectJob(PipelineName("copy"), id, wait: true).state == .success)
            }
        }
    }

    @Test("is not asked again before that, whatever else is put", .timeLimit(.minutes(1)))
    func commitsElsewhere() async throws {
        try await Self.withoutLogs { engine, id, logs in
            let (copy, other) = try (PipelineName("copy"), PipelineName("other"))
            try await engine.createRepo(RepoName("else"), description: "", update: false)
            try await engine.createPipeline("other", reading: ["else"], #"cp "$else" "$out/""#)
            try await Self.watching(engine) { pauses, end in
                #expect(await pauses.next() == .seconds(5))
                try FileManager.default.removeItem(atPath: logs)
                let later = try await engine.put([(FilePath("/a"), [2])], in: CommitReference("else@master"))
                #expect(try await engine.inspectJob(other, later, wait: true).state == .success)
                #expect(!FileManager.default.fileExists(atPath: logs), "a job that runs has a log")
                end()
                #expect(try await engine.inspectJob(copy, id, wait: true).state == .success)
            }
        }
    }

    /// An engine with a pipeline `copy`, a job of which cannot begin.
    /// - Parameter body: gets the job, and the path of the obstacle.
    private static func withoutLogs(_ body: (Engine, CommitID, String) async throws -> Void) async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("copy", reading: ["in"], #"cp "$in" "$out/""#)
            let id = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            // A file where the folder of the logs should be.
            let logs = test.root.logsPath + "/copy"
            try Data().write(to: URL(filePath: logs))
            try await body(engine, id, logs)
        }
    }

    /// Has the engine's jobs run by a scheduler of which the pauses are known.
    /// - Parameter body: gets the pauses as they begin, and what ends one.
    private static func watching(
        _ engine: Engine, _ body: (inout AsyncStream<Duration>.Iterator, () -> Void) async throws -> Void
    ) async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Duration.self)
        let (over, end) = AsyncStream.makeStream(of: Void.self)
        let scheduler = Scheduler(ledger: engine.ledger, logs: engine.logs, workers: engine.scheduler.workers) { pause in
            begin.yield(pause)
            for await _ in over { return }
        }
        let watch = Task { try await scheduler.watch() }
        defer { watch.cancel() }
        var pauses = begun.makeAsyncIterator()
        try await body(&pauses) { end.yield() }
        await scheduler.close()
    }
}
