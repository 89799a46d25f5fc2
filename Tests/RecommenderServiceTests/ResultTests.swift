import HTTPTestSupport
import Model
import NIOHTTP1
import Testing

@testable import RecommenderService

@Suite struct ResultTests {
    private func commit(of name: String, _ engine: FakeEngine) async throws -> CommitID {
        let path = try #require(RequestName(name)).path
        for commit in await engine.commits("streaming") {
            let file = FileReference(commit: CommitReference(commit.commit.commit), path: path)
            do {
                _ = try await engine.inspectFile(file)
                return commit.commit.id
            } catch let error as PachError where error.code == .notFound {
                continue
            }
        }
        throw PachError(.notFound, name)
    }

    /// Ends the job of the header that the front puts into `training` when it starts, which comes before all others.
    private func endJobOfHeader(_ engine: FakeEngine) async {
        for commit in await engine.commits("training") { await engine.endJob(commit.commit.id, content: nil) }
    }

    @Test func aResultIsReadyOnceItsJobHasEnded() async throws {
        try await Harness.run { (harness) async throws in
            let name = try await harness.predict()
            let early = try await harness.result(name)
            #expect(early.status == 200)
            #expect(early.body == "{\"ready\":false}\n")
            await harness.engine.endJob(try await commit(of: name, harness.engine), content: "1 2 4.5\n")
            #expect(try await harness.result(name).body == "{\"data\":\"1 2 4.5\\n\",\"ready\":true}\n")
            #expect(try await harness.send(.GET, "/result/\(name)").body == "{\"data\":\"1 2 4.5\\n\",\"ready\":true}\n")
            let encoded = name.split(separator: ":").joined(separator: "%3A")
            #expect(try await harness.send(.GET, "/result/\(encoded)").status == 200)
        }
    }

    @Test func aFailedJobIsTold() async throws {
        try await Harness.run { (harness) async throws in
            let name = try await harness.predict()
            await harness.engine.endJob(try await commit(of: name, harness.engine), error: "streaming@master:/of-somebody-else: exit 1")
            let answer = try await harness.result(name)
            #expect(answer.status == 200)
            #expect(answer.body.contains("\"ready\":false"))
            let told = try #require(answer.field("error"))
            #expect(told.hasPrefix("the job predict@") && told.contains("failed; ") && told.contains("pach logs --job predict@"))
            // The reason may be of others' requests.
            #expect(!answer.body.contains("somebody"))
            let metrics = try await harness.send(.GET, "/metrics").body
            #expect(metrics.contains("# TYPE recommend_failed_results_total counter\nrecommend_failed_results_total 1\n"))
        }
    }

    @Test func whileThereIsNoModelTheAnswerSaysSo() async throws {
        try await Harness.run { (harness) async throws in
            let name = try await harness.predict()
            await harness.engine.endJob(try await commit(of: name, harness.engine), content: nil)
            let without = try #require(try await harness.result(name).field("error"))
            #expect(without.contains("train@master, which the pipeline predict reads, holds no file"))
            _ = await harness.engine.put([("/model", "m")], repo: "train")
            let with = try #require(try await harness.result(name).field("error"))
            #expect(with == "the pipeline predict wrote no result for this request")
        }
    }

    @Test func whileThereIsNoModelOtherRequestsMakeNoDifference() async throws {
        try await Harness.run { (harness) async throws in
            let name = try await harness.predict()
            await harness.engine.endJob(try await commit(of: name, harness.engine), content: nil)
            // Its job does not end.
            _ = try await harness.predict()
            let told = try #require(try await harness.result(name).field("error"))
            #expect(told.contains("train@master, which the pipeline predict reads, holds no file"))
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatTheNextJobDoesNotAnswerEitherHasFailed() async throws {
        try await Harness.run { (harness) async throws in
            _ = await harness.engine.put([("/model", "m")], repo: "train")
            let name = try await harness.predict()
            await harness.engine.endJob(try await commit(of: name, harness.engine), content: nil)
            let next = try await harness.predict()
            await endJobOfHeader(harness.engine)
            async let waiting = harness.send(.GET, "/result/\(name)?wait=60s")
            await harness.engine.wait { $0.commitWaitCount == 1 }
            // Its job does not end.
            _ = try await harness.predict()
            await harness.engine.endJob(try await commit(of: next, harness.engine), content: nil)
            #expect(try await waiting.field("error") == "the pipeline predict wrote no result for this request")
        }
    }

    @Test func whileTheFirstModelIsBeingMadeNothingHasFailed() async throws {
        try await Harness.run { (harness) async throws in
            let name = try await harness.predict()
            await harness.engine.endJob(try await commit(of: name, harness.engine), content: nil)
            _ = await harness.engine.put([("/model", "m")], repo: "train")
            let first = await harness.engine.put([], repo: "training")
            #expect(try await harness.result(name).body == "{\"ready\":false}\n")
            #expect(try await harness.send(.GET, "/result/\(name)?wait=1ms").body == "{\"ready\":false}\n")
            #expect(try await harness.send(.GET, "/metrics").body.contains("\nrecommend_failed_results_total 0\n"))
            await harness.engine.endJob(first, content: "1 2 4\n")
            #expect(try await harness.result(name).body.contains("\"ready\":true"))
        }
    }

    @Test func aSupersededJobIsNoFailureOfItsRequests() async throws {
        try await Harness.run { (harness) async throws in
            let name = try await harness.predict()
            let superseded = try await commit(of: name, harness.engine)
            let newer = await harness.engine.put([], repo: "training")
            await harness.engine.endJob(superseded, error: JobReason.superseded(in: ["train"]))
            #expect(try await harness.result(name).body == "{\"ready\":false}\n")
            await harness.engine.endJob(newer, content: "1 2 4\n")
            #expect(try await harness.result(name).body.contains("\"ready\":true"))
        }
    }

    @Test func whoeverWaitsIsAnsweredWhenTheJobEnds() async throws {
        try await Harness.run { (harness) async throws in
            let name = try await harness.predict()
            let id = try await commit(of: name, harness.engine)
            async let waiting = harness.send(.GET, "/result/\(name)?wait=60s")
            await harness.engine.endJob(id, content: "1 2 4.5\n")
            #expect(try await waiting.body == "{\"data\":\"1 2 4.5\\n\",\"ready\":true}\n")
        }
    }

    @Test func waitsAreBounded() async throws {
        try await Harness.run { (harness) async throws in
            let name = try await harness.predict()
            #expect(try await harness.send(.GET, "/result/\(name)?wait=1ms").body == "{\"ready\":false}\n")
            for wait in ["61s", "-1s", "soon", ""] {
                let answer = try await harness.send(.GET, "/result/\(name)?wait=\(wait)")
                #expect(answer.status == 400)
                #expect(answer.body.contains("'\(wait)' is not a value of the parameter 'wait'"), "\(answer.body)")
            }
            #expect(try await harness.send(.GET, "/result/\(name)?patience=1s").status == 400)
        }
    }

    @Test("a client that leaves ends its wait", .timeLimit(.minutes(1)), arguments: [true, false])
    func whoeverLeavesWaitsNoLonger(abruptly: Bool) async throws {
        var configuration = FrontConfiguration()
        configuration.limits.resultPatienceMax = .seconds(3600)
        try await Harness.run(configuration: configuration) { (harness) async throws in
            let request = "GET /result/\(try await harness.predict())?wait=3600s HTTP/1.1\r\nHost: localhost:\(harness.port)\r\n\r\n"
            try await harness.sendRaw(request, abruptly: abruptly) { await harness.engine.wait { $0.commitWaitCount == 1 } }
            await harness.engine.wait { $0.commitWaitCount == 0 }
        }
    }

    @Test(.timeLimit(.minutes(1))) func onlySoManyClientsWait() async throws {
        var configuration = FrontConfiguration()
        configuration.limits.waitingClientCountMax = 1
        try await Harness.run(configuration: configuration) { (harness) async throws in
            let name = try await harness.predict()
            let id = try await commit(of: name, harness.engine)
            async let waiting = harness.send(.GET, "/result/\(name)?wait=60s")
            await harness.engine.wait { $0.commitWaitCount == 1 }
            let refused = try await harness.send(.GET, "/result/\(name)?wait=60s")
            #expect(refused.status == 503 && refused.body.contains("1 clients wait for results already"), "\(refused.body)")
            #expect(refused.headers.first(name: "retry-after") == "1")
            #expect(try await harness.result(name).body == "{\"ready\":false}\n")
            await harness.engine.endJob(id)
            #expect(try await waiting.body.contains("\"ready\":true"))
            #expect(try await harness.send(.GET, "/result/\(name)?wait=60s").body.contains("\"ready\":true"))
        }
    }

    @Test func whoeverWaitsIsSentAwayWhenTheFrontStops() async throws {
        try await Harness.run { (harness) async throws in
            let name = try await harness.predict()
            async let waiting = harness.send(.GET, "/result/\(name)?wait=60s")
            await harness.shutDown()
            do {
                #expect(try await waiting.body == "{\"ready\":false}\n")
            } catch {
                // It had not come so far as to be a request.
            }
        }
    }

    @Test func aNewModelsResultTakesTheOldOnesPlace() async throws {
        try await Harness.run { (harness) async throws in
            let name = try await harness.predict()
            await harness.engine.endJob(try await commit(of: name, harness.engine), content: "1 2 4\n")
            // Ratings come: while the job on them runs, the result is the old one.
            _ = try await harness.post("/train", #"{"data":["1 2 3 4"]}"#)
            #expect(try await harness.result(name).body.contains("1 2 4\\n"))
            let training = await harness.engine.commits("training")
            let trained = try #require(training.last)
            await harness.engine.endJob(trained.commit.id, content: "1 2 5\n")
            #expect(try await harness.result(name).body.contains("1 2 5\\n"))
        }
    }

    @Test func resultsOutliveTheFront() async throws {
        let engine = FakeEngine()
        let names = Names()
        try await Harness.run(engine: engine) { (harness) async throws in
            for _ in 0..<2 {
                let name = try await harness.predict()
                await names.add(name)
                await engine.endJob(try await commit(of: name, engine), content: "1 2 4\n")
            }
            // The job of the third has not ended.
            await names.add(try await harness.predict())
        }
        try await Harness.run(engine: engine) { (harness) async throws in
            let all = await names.all
            for name in all.dropLast() {
                let answer = try await harness.result(name)
                #expect(answer.body.contains("\"ready\":true"))
            }
            let last = try await harness.result(all[2])
            #expect(last.body == "{\"ready\":false}\n")
            let new = try await harness.predict()
            #expect(new > all[2])
        }
    }

    @Test(.timeLimit(.minutes(1))) func afterARestartAResultDoesNotWaitForTheHeadsJob() async throws {
        let engine = FakeEngine()
        let names = Names()
        try await Harness.run(engine: engine) { (harness) async throws in
            for _ in 0..<3 { await names.add(try await harness.predict()) }
            await endJobOfHeader(engine)
        }
        try await Harness.run(engine: engine) { (harness) async throws in
            let name = await names.all[0]
            async let waiting = harness.send(.GET, "/result/\(name)?wait=60s")
            await engine.wait { $0.commitWaitCount == 1 }
            await engine.endJob(try await commit(of: name, engine))
            #expect(try await waiting.body.contains("\"ready\":true"))
        }
    }

    @Test func aJobThatIsSupersededHidesNoOlderOnesResult() async throws {
        let engine = FakeEngine()
        let names = Names()
        try await Harness.run(engine: engine) { (harness) async throws in
            for _ in 0..<3 { await names.add(try await harness.predict()) }
            let all = await names.all
            await engine.endJob(try await commit(of: all[1], engine), error: JobReason.superseded(in: ["train"]))
            await engine.endJob(try await commit(of: all[0], engine))
        }
        try await Harness.run(engine: engine) { (harness) async throws in
            #expect(try await harness.result(await names.all[0]).body.contains("\"ready\":true"))
        }
    }

    @Test(.timeLimit(.minutes(1))) func anEngineThatDoesNotAnswerHoldsUpNobody() async throws {
        var configuration = FrontConfiguration()
        configuration.limits.engineAnswerTimeMax = .milliseconds(1)
        try await Harness.run(configuration: configuration) { (harness) async throws in
            let name = try await harness.predict()
            await harness.engine.fallSilent()
            await harness.engine.endJob(try await commit(of: name, harness.engine))
            for wait in ["0s", "1ms"] {
                let answer = try await harness.send(.GET, "/result/\(name)?wait=\(wait)")
                #expect(answer.status == 503)
                #expect(answer.body.contains("the engine did not answer within"))
            }
        }
    }

    @Test func aRequestBeforeThePipelineIsAnsweredByItsFirstJob() async throws {
        try await Harness.run(engine: FakeEngine(pipelines: ["train"])) { (harness) async throws in
            let name = try await harness.predict()
            #expect(try await harness.result(name).body == "{\"ready\":false}\n")
            #expect(try await harness.send(.GET, "/result/\(name)?wait=1ms").body == "{\"ready\":false}\n")
            await harness.engine.add(pipeline: "predict")
            let first = await harness.engine.put([], repo: "training")
            await harness.engine.endJob(first, content: "1 2 4\n")
            #expect(try await harness.result(name).body.contains("\"ready\":true"))
        }
    }

    @Test(.timeLimit(.minutes(1))) func whoeverWaitsForThePipelineIsAnsweredByItsFirstJob() async throws {
        var configuration = FrontConfiguration()
        configuration.limits.resultPollInterval = .milliseconds(1)
        try await Harness.run(engine: FakeEngine(pipelines: ["train"]), configuration: configuration) { (harness) async throws in
            _ = await harness.engine.put([("/model", "m")], repo: "train")
            let name = try await harness.predict()
            async let waiting = harness.send(.GET, "/result/\(name)?wait=60s")
            await harness.engine.wait { !$0.reads.isEmpty }
            await harness.engine.add(pipeline: "predict")
            let first = await harness.engine.put([], repo: "training")
            await harness.engine.endJob(first, content: "1 2 4\n")
            #expect(try await waiting.body.contains("\"ready\":true"))
        }
    }

    @Test(.timeLimit(.minutes(1))) func whoeverWaitsForThePipelineHoldsUpNobodyElse() async throws {
        var configuration = FrontConfiguration()
        configuration.limits.engineWaitCountMax = 1
        configuration.limits.resultPollInterval = .milliseconds(1)
        try await Harness.run(engine: FakeEngine(pipelines: ["train"]), configuration: configuration) { (harness) async throws in
            _ = await harness.engine.put([("/model", "m")], repo: "train")
            let early = try await harness.predict()
            await harness.engine.add(pipeline: "predict")
            let other = try await harness.predict()
            // The head of `predict` is a job that does not end.
            _ = try await harness.predict()
            async let waitingForFirst = harness.send(.GET, "/result/\(early)?wait=60s")
            async let waiting = harness.send(.GET, "/result/\(other)?wait=60s")
            await harness.engine.wait { $0.commitWaitCount == 1 }
            await harness.engine.endJob(try await commit(of: other, harness.engine))
            #expect(try await waiting.body.contains("\"ready\":true"))
            #expect(try await waitingForFirst.body.contains("\"ready\":true"))
        }
    }

    /// Has a request come and leave the head.
    private func requestThatLeft(_ harness: Harness) async throws -> String {
        let old = try await harness.predict()
        _ = try await harness.predict()
        await harness.engine.wait { engine in
            !engine.files("streaming").contains { $0.hasSuffix(old) } && engine.commits("streaming").allSatisfy { $0.finished != nil }
        }
        return old
    }

    @Test(.timeLimit(.minutes(1))) func whatLeftTheHeadBeforeThePipelineHasFailed() async throws {
        let configuration = FrontConfiguration(keep: .number(1))
        try await Harness.run(engine: FakeEngine(pipelines: ["train"]), configuration: configuration) { (harness) async throws in
            let old = try await requestThatLeft(harness)
            let answer = try await harness.send(.GET, "/result/\(old)?wait=60s")
            #expect(answer.status == 200)
            #expect(answer.body.contains("\"ready\":false"))
            #expect(answer.field("error")?.contains("left the head") == true)
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatLeftTheHeadBeforeANewerJobTookItsJobsPlaceIsToldSo() async throws {
        try await Harness.run(configuration: FrontConfiguration(keep: .number(1))) { (harness) async throws in
            let old = try await requestThatLeft(harness)
            let commits = await harness.engine.commits("streaming")
            for commit in commits.dropLast() { await harness.engine.endJob(commit.commit.id, error: JobReason.superseded(in: ["train"])) }
            await harness.engine.endJob(try #require(commits.last).commit.id)
            let answer = try await harness.send(.GET, "/result/\(old)?wait=60s")
            #expect(answer.field("error")?.contains("left the head before the pipeline predict came to it") == true, "\(answer.body)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func aResultThatIsKeptNoLongerHasFailed() async throws {
        try await Harness.run(configuration: FrontConfiguration(keep: .number(1))) { (harness) async throws in
            let old = try await requestThatLeft(harness)
            for commit in await harness.engine.commits("streaming") { await harness.engine.endJob(commit.commit.id) }
            #expect(try await harness.result(old).body.contains("\"ready\":true"))
            await harness.engine.keepNewestCommit(of: "predict")
            let answer = try await harness.send(.GET, "/result/\(old)?wait=60s")
            #expect(answer.status == 200)
            #expect(answer.body.contains("\"ready\":false"))
            #expect(answer.field("error")?.contains("no longer kept") == true)
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatIsReadyIsAnsweredThoughOthersWait() async throws {
        var configuration = FrontConfiguration()
        configuration.limits.engineWaitCountMax = 1
        try await Harness.run(configuration: configuration) { (harness) async throws in
            let ready = try await harness.predict()
            await harness.engine.endJob(try await commit(of: ready, harness.engine))
            let slow = try await harness.predict()
            let id = try await commit(of: slow, harness.engine)
            async let waiting = harness.send(.GET, "/result/\(slow)?wait=60s")
            await harness.engine.wait { $0.commitWaitCount == 1 }
            #expect(try await harness.send(.GET, "/result/\(ready)?wait=60s").body.contains("\"ready\":true"))
            await harness.engine.endJob(id)
            #expect(try await waiting.body.contains("\"ready\":true"))
        }
    }

    @Test func mostResultsTakeOneRead() async throws {
        let engine = FakeEngine()
        let names = Names()
        try await Harness.run(engine: engine) { (harness) async throws in
            let name = try await harness.predict()
            await names.add(name)
            await engine.endJob(try await commit(of: name, engine))
        }
        try await Harness.run(engine: engine) { (harness) async throws in
            let before = await engine.reads.count
            _ = try await harness.result(await names.all[0])
            #expect(await engine.reads.count == before + 1)
        }
    }
}

private actor Names {
    private(set) var all: [String] = []

    func add(_ name: String) { all.append(name) }
}
