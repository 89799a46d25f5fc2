import Foundation
import Ledger
import Model
import Operations
import Scheduling
import Testing

@testable import Engine
@testable import Workers

@Suite("Jobs share the workers")
struct SharedWorkersTests {
    @Test("a job that has all of them gives one to another pipeline's after a datum, not after its last", .timeLimit(.minutes(1)))
    func givingWay() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let gate = try JobGate(test)
            let (many, one) = (try PipelineName("many"), try PipelineName("one"))
            for repo in ["in", "other"] { try await engine.createRepo(RepoName(repo), description: "", update: false) }
            try await engine.createPipeline("many", reading: ["in"], parallelism: 2, gate.silentScript)
            try await engine.createPipeline("one", reading: ["other"], #"cp "$other" "$out/""#)
            _ = try await engine.run { _ in }

            let pool = WorkerPool(
                root: test.root.path, scratch: test.root.scratchPath, executable: engine.configuration.executable, choice: .none,
                countMax: 2, notices: .none)
            let scheduler = Scheduler(ledger: engine.ledger, logs: engine.logs, workers: pool)
            let watch = Task { try await scheduler.watch() }
            defer { watch.cancel() }
            let long = try await engine.put(["/a", "/b", "/c"].map { (try FilePath($0), [1]) }, in: CommitReference("in@master"))
            while await pool.useCounts[many] != 2 { await Task.yield() }
            let short = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("other@master"))
            while await pool.waitingCount == 0 { await Task.yield() }
            var passages = [try gate.open()]
            #expect(try await engine.inspectJob(one, short, wait: true).state == .success)
            #expect(try await engine.inspectJob(many, long, wait: false).finished == nil)
            for _ in 0..<2 { passages.append(try gate.open()) }
            #expect(try await engine.inspectJob(many, long, wait: true).state == .success)
            for passage in passages { try passage.close() }
            await scheduler.close()
        }
    }
}
