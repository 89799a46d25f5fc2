import Foundation
import Ledger
import Model
import Operations
import Scheduling
import Synchronization
import Testing

@testable import Engine

@Suite("The scheduler runs jobs while somebody wants them run")
struct SchedulerLifeTests {
    @Test("a job that was about to start as the engine stopped runs when the root is opened again")
    func closedMeanwhile() async throws {
        try await TestEngine.with { test in
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline("copy", reading: ["in"], jobs: .latest, #"cp "$in" "$out/""#)
            let new = try await test.engine.put([(FilePath("/a"), Array("new".utf8))], in: CommitReference("in@master"))
            // One look has the job of the pipeline's creation superseded, which is told, and then starts the new one.
            let scheduler = test.engine.scheduler
            let error = await #expect(throws: PachError.self) {
                try await scheduler.runUntilIdle { link in
                    if link.id != new { await scheduler.close() }
                }
            }
            #expect(error?.code == .stopped)
            try await test.reopen()
            #expect(try await test.engine.run { _ in }.map(\.state) == [.success])
            #expect(try await test.engine.files(of: CommitReference("copy@master")) == [FilePath("/a"): Array("new".utf8)])
        }
    }

    @Test("a run that could not report a job says why, once all jobs have run")
    func failedReport() async throws {
        try await TestEngine.with { test in
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline("first", reading: ["in"], #"cp "$in" "$out/""#)
            try await test.engine.createPipeline("second", reading: ["first"], #"cp "$first" "$out/""#)
            let id = try await test.engine.put([(FilePath("/a"), Array("new".utf8))], in: CommitReference("in@master"))
            let error = await #expect(throws: PachError.self) {
                try await test.engine.scheduler.runUntilIdle { link in throw PachError(.io, "could not report \(link.pipeline.name)") }
            }
            #expect(error == PachError(.io, "could not report first"))
            for pipeline in try [PipelineName("first"), PipelineName("second")] {
                #expect(try await test.engine.inspectJob(pipeline, id, wait: false).state == .success)
            }
        }
    }

    @Test("where only the latest is wanted, a job that waits behind a long one ends once a newer one can run", .timeLimit(.minutes(1)))
    func supersededMeanwhile() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let gate = try JobGate(test)
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("copy", reading: ["in"], jobs: .latest, gate.script)
            let copy = try PipelineName("copy")
            func put(_ text: String) async throws -> CommitID {
                try await engine.put([(FilePath("/a"), Array(text.utf8))], in: CommitReference("in@master"))
            }
            let long = try await put("wait")
            let watch = Task { try await engine.watch() }
            defer { watch.cancel() }
            #expect(try await gate.arrival() == long.description)
            let waiting = try await put("2")
            let newest = try await put("3")
            let superseded = try await engine.inspectJob(copy, waiting, wait: true)
            #expect(superseded.state == .killed)
            #expect(superseded.reason == "superseded by job copy@\(newest)")
            #expect(try await engine.inspectJob(copy, long, wait: false).state == .running)
            let passage = try gate.open()
            #expect(try await engine.inspectJob(copy, newest, wait: true).state == .success)
            try passage.close()
        }
    }

    @Test("an output repo that cannot be opened keeps no other pipeline's jobs from running")
    func missingOutput() async throws {
        try await TestEngine.with { test in
            for repo in ["in", "other"] { try await test.engine.createRepo(RepoName(repo), description: "", update: false) }
            try await test.engine.createPipeline("old", reading: ["in"], #"cp "$in" "$out/""#)
            // Its jobs come first, and all but one of them end without a run.
            try await test.engine.createPipeline("new", reading: ["other"], jobs: .latest, #"cp "$other" "$out/""#)
            _ = try await test.engine.run { _ in }
            let path = try test.root.repoPath(RepoName("new"))
            try await test.reopen { try FileManager.default.moveItem(atPath: path, toPath: path + ".away") }
            for byte in [1, 2] as [UInt8] {
                _ = try await test.engine.put([(FilePath("/a"), [byte])], in: CommitReference("in@master"))
                _ = try await test.engine.put([(FilePath("/a"), [byte])], in: CommitReference("other@master"))
            }
            await #expect(throws: PachError.self) { try await test.engine.run { _ in } }
            #expect(try await test.engine.files(of: CommitReference("old@master")) == [FilePath("/a"): [2]])
        }
    }

    @Test("no job overtakes an older one of its pipeline that could not be ended", .timeLimit(.minutes(1)))
    func noOvertaking() async throws {
        try await TestEngine.with { test in
            let gate = try JobGate(test)
            let copy = try PipelineName("copy")
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline("copy", reading: ["in"], jobs: .latest, gate.script)
            _ = try await test.engine.run { _ in }
            let path = test.root.repoPath(copy.repo())
            try await test.reopen { try FileManager.default.moveItem(atPath: path, toPath: path + ".away") }
            var ids: [CommitID] = []
            for byte in [1, 2, 3] as [UInt8] {
                ids.append(try await test.engine.put([(FilePath("/a"), [byte])], in: CommitReference("in@master")))
            }
            // The first is superseded by the last, which takes the repo; the second is too, which does not while the first has not ended.
            let bringBack = { @Sendable () throws in
                guard !FileManager.default.fileExists(atPath: path) else { return }
                try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
            }
            await #expect(throws: PachError.self) { try await test.engine.scheduler.runUntilIdle { _ in try bringBack() } }
            try bringBack()
            _ = try await test.engine.run { _ in }
            for (id, state) in zip(ids, [JobState.killed, .killed, .success]) {
                #expect(try await test.engine.inspectJob(copy, id, wait: false).state == state)
            }
            #expect(try gate.jobs() == [ids[2].description])
        }
    }

    @Test("a job that reads the output of one that is stopped before it ran can never run, and is told so", .timeLimit(.minutes(1)))
    func stoppedUpstream() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let gate = try JobGate(test)
            let (first, second) = try (PipelineName("first"), PipelineName("second"))
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("first", reading: ["in"], gate.script)
            try await engine.createPipeline("second", reading: ["first"], #"cp "$first" "$out/""#)
            let watch = Task { try await engine.watch() }
            defer { watch.cancel() }
            let long = try await engine.put([(FilePath("/a"), Array("wait".utf8))], in: CommitReference("in@master"))
            #expect(try await gate.arrival() == long.description)
            let waiting = try await engine.put([(FilePath("/a"), [2])], in: CommitReference("in@master"))
            try await engine.stopJob(first, waiting)
            #expect(try await engine.inspectJob(second, waiting, wait: true).state == .unrunnable)
        }
    }

    @Test("no more jobs run at once than may, and all of them do in the end", .timeLimit(.minutes(1)))
    func bound() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let gate = try JobGate(test)
            let pipelines = try ["a", "b", "c", "d"].map { try PipelineName($0) }
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            for pipeline in pipelines { try await engine.createPipeline(pipeline.description, reading: ["in"], gate.silentScript) }
            _ = try await engine.run { _ in }
            let id = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))

            var starts = engine.ledger.events.listen { if case .jobChanged(_, .running) = $0 { true } else { false } }.makeAsyncIterator()
            let scheduler = Scheduler(ledger: engine.ledger, logs: engine.logs, workers: engine.scheduler.workers, runningCountMax: 2)
            let watch = Task { try await scheduler.watch() }
            defer { watch.cancel() }
            _ = await starts.next()
            #expect(await scheduler.runningCount == 2)
            var passages: [FileHandle] = []
            for _ in pipelines { passages.append(try gate.open()) }
            for pipeline in pipelines {
                #expect(try await engine.inspectJob(pipeline, id, wait: true).state == .success)
            }
            for passage in passages { try passage.close() }
            await scheduler.close()
        }
    }

    @Test("a watch that began during a run goes on after it", .timeLimit(.minutes(1)))
    func watchDuringRun() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let gate = try JobGate(test)
            for repo in ["in", "other"] { try await engine.createRepo(RepoName(repo), description: "", update: false) }
            try await engine.createPipeline("slow", reading: ["in"], gate.script)
            try await engine.createPipeline("quick", reading: ["other"], #"cp "$other" "$out/""#)
            _ = try await engine.run { _ in }
            let slow = try await engine.put([(FilePath("/a"), Array("wait".utf8))], in: CommitReference("in@master"))
            let run = Task { try await engine.run { _ in } }
            #expect(try await gate.arrival() == slow.description)
            let watch = Task { try await engine.watch() }
            defer { watch.cancel() }

            let quick = try PipelineName("quick")
            // A run looks at what waits as it begins, and as jobs end: this one starts because of the watch.
            let first = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("other@master"))
            #expect(try await engine.inspectJob(quick, first, wait: true).state == .success)
            let passage = try gate.open()
            #expect(try await run.value.contains { $0.job.id == slow && $0.state == .success })
            try passage.close()
            let second = try await engine.put([(FilePath("/a"), [2])], in: CommitReference("other@master"))
            #expect(try await engine.inspectJob(quick, second, wait: true).state == .success)
        }
    }

    @Test("who waits for all jobs and is cancelled waits no longer, and is told of none that ends later", .timeLimit(.minutes(1)))
    func cancelledRun() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let gate = try JobGate(test)
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("copy", reading: ["in"], gate.script)
            let id = try await engine.put([(FilePath("/a"), Array("wait".utf8))], in: CommitReference("in@master"))
            let ended = Mutex<[CommitID]>([])
            let run = Task { try await engine.run { info in ended.withLock { $0.append(info.job.id) } } }
            #expect(try await gate.arrival() == id.description)
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }

            let passage = try gate.open()
            #expect(try await engine.run { _ in }.contains { $0.job.id == id && $0.state == .success })
            #expect(!ended.withLock { $0 }.contains(id))
            try passage.close()
        }
    }

    @Test("what a job did until the engine stopped is not done again", .timeLimit(.minutes(1)))
    func keptAtStop() async throws {
        try await TestEngine.with { test in
            let gate = try JobGate(test)
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline("copy", reading: ["in"], gate.script)
            let copy = try PipelineName("copy")
            let files = try ["a", "b", "wait"].map { (try FilePath("/\($0)"), Array($0.utf8)) }
            let id = try await test.engine.put(files, in: CommitReference("in@master"))
            let watch = Task { [engine = test.engine] in try await engine.watch() }
            defer { watch.cancel() }
            #expect(try await gate.arrival() == id.description)
            let datums = try await test.engine.listDatums(copy, id)
            #expect(datums.filter { $0.state == .success }.count == 2)
            #expect(datums.allSatisfy { ($0.stats.processSeconds > 0) == ($0.state == .success) })
            #expect(try await test.engine.inspectPipeline(copy).lastJobState == .running)
            #expect(try await test.engine.listPipelines().map(\.lastJobState) == [.running])

            try await test.reopen()
            let run = Task { [engine = test.engine] in try await engine.run { _ in } }
            #expect(try await gate.arrival() == id.description)
            let passage = try gate.open()
            let job = try #require(try await run.value.first { $0.job.id == id })
            try passage.close()
            #expect(job.state == .success)
            #expect((job.dataProcessed, job.dataSkipped) == (1, 2))
            #expect(try gate.jobs().count == 4, "each of two once, and the one that was cut off twice")
        }
    }
}
