import HTTPTestSupport
import Model
import NIOHTTP1
import Operations
import Recommenders
import Testing
import Web

@testable import RecommenderService

@Suite struct FrontTests {
    // MARK: What it prepares

    @Test func itCreatesWhatIsMissing() async throws {
        try await Harness.run { (harness) async throws in
            #expect(await harness.engine.content("training", .literal("/0000-header.txt")) == "user item rating timestamp\n")
            #expect(await harness.engine.files("streaming").isEmpty)
        }
    }

    @Test func itLeavesWhatIsThere() async throws {
        let engine = FakeEngine()
        try await engine.createRepo(RepoName("training"), description: "mine", update: false)
        _ = await engine.put([("/mine.txt", "1 2 3\n")], repo: "training")
        try await Harness.run(engine: engine) { (harness) async throws in
            #expect(await harness.engine.files("training") == ["/mine.txt"])
        }
    }

    @Test func itFinishesWhatItLeftOpen() async throws {
        let engine = FakeEngine()
        let branch = Branch(repo: try RepoName("streaming"))
        try await engine.createRepo(branch.repo, description: "", update: false)
        _ = try await engine.startCommit(branch, parent: nil, description: "")
        try await Harness.run(engine: engine) { (harness) async throws in
            #expect(await harness.engine.commits("streaming").allSatisfy { $0.finished != nil })
        }
    }

    @Test func itIsReadyOnceThePipelinesAreThere() async throws {
        try await Harness.run(engine: FakeEngine(pipelines: ["train"])) { (harness) async throws in
            let answer = try await harness.send(.GET, "/readyz")
            #expect(answer.status == 503)
            #expect(answer.body.contains("there is no pipeline predict"))
            #expect(answer.body.contains("pach create pipeline -f pipelines/predict/pipeline.json"))
            #expect(try await harness.send(.GET, "/healthz").status == 200)

            await harness.engine.add(pipeline: "predict")
            #expect(try await harness.send(.GET, "/readyz").status == 200)
        }
    }

    @Test(.timeLimit(.minutes(1))) func anEngineThatDoesNotAnswerIsNotReady() async throws {
        var configuration = FrontConfiguration()
        configuration.limits.engineAnswerTimeMax = .milliseconds(1)
        try await Harness.run(configuration: configuration) { (harness) async throws in
            await harness.engine.fallSilent()
            let answer = try await harness.send(.GET, "/readyz")
            #expect(answer.status == 503)
            #expect(answer.body.contains("the engine did not answer within 0.001 seconds"))
            #expect(try await harness.send(.GET, "/healthz").status == 200)
        }
    }

    @Test func itCountsRequestsAndCommits() async throws {
        try await Harness.run { (harness) async throws in
            _ = try await harness.predict()
            let metrics = try await harness.send(.GET, "/metrics")
            #expect(metrics.headers.first(name: "content-type") == "text/plain; version=0.0.4; charset=utf-8")
            #expect(metrics.body.contains("http_requests_total{handler=\"/predict\",method=\"POST\",status=\"200\"} 1\n"))
            #expect(metrics.body.contains("http_request_duration_seconds_count{handler=\"/predict\",method=\"POST\"} 1\n"))
            #expect(metrics.body.contains("recommend_committed_requests_total{repo=\"streaming\"} 1\n"))
            #expect(metrics.body.contains("recommend_waiting_requests{repo=\"training\"} 0\n"))
            #expect(metrics.body.contains("recommend_failed_results_total 0\n"))
            #expect(metrics.body.contains("\nprocess_resident_memory_bytes "))
        }
    }

    @Test func aProbeMayAskForTheHeadAlone() async throws {
        try await Harness.run { (harness) async throws in
            let answer = try await harness.send(.HEAD, "/healthz")
            #expect(answer.status == 200)
            #expect(answer.headers.first(name: "content-length") == "8")
            #expect(answer.body.isEmpty)
            #expect(try await harness.post("/healthz", "{}").headers.first(name: "allow") == "GET, HEAD")
        }
    }

    // MARK: Ratings and requests

    @Test func ratingsAreCommittedUnderTheNameThatIsAnswered() async throws {
        try await Harness.run { (harness) async throws in
            let answer = try await harness.post("/train", #"{"data": ["244 346 2 880606923", "244 355 3 880606924"]}"#)
            #expect(answer.status == 200)
            #expect(answer.headers.first(name: "content-type") == "application/json")
            let text = try #require(answer.field("filename"))
            let name = try #require(RequestName(text))
            #expect(name.kind == .train)
            #expect(await harness.engine.content("training", name.path) == "244 346 2 880606923\n244 355 3 880606924\n")
        }
    }

    @Test func aBodyIsJSONWhateverItIsCalled() async throws {
        try await Harness.run { (harness) async throws in
            for type in ["application/x-www-form-urlencoded", "text/plain", ""] {
                let answer = try await harness.send(.POST, "/predict", headers: [("Content-Type", type)], body: #"{"data":["1 2"]}"#)
                #expect(answer.status == 200)
            }
        }
    }

    @Test(arguments: [
        ("/train", "", 400, "the request has no body"),
        ("/train", "{", 400, "Could not read the request's body"),
        ("/train", "[]", 400, "expected an object"),
        ("/train", "{}", 400, "/data: the field is missing"),
        ("/train", #"{"data": null}"#, 400, "/data"),
        ("/train", #"{"data": "1 2 3 4"}"#, 400, "/data: expected a list"),
        ("/train", #"{"data": []}"#, 400, "'data' is empty"),
        ("/train", #"{"data": ["1 2 3 4"], "scale": 5}"#, 400, "unknown field"),
        ("/train", #"{"data": ["1 2 3 4", 5]}"#, 400, "line 2 of 'data' cannot be used: it is not a string"),
        ("/train", #"{"data": ["1 2 3 4", "1 2 3"]}"#, 400, "line 2 of 'data' cannot be used: it has 3 fields, not the 4"),
        ("/train", #"{"data": ["1 2 good 4"]}"#, 400, "line 1 of 'data' cannot be used: the rating 'good' is not a number"),
        ("/predict", #"{"data": ["1"]}"#, 400, "line 1 of 'data' cannot be used: it has 1 fields, not the 2"),
        ("/predict", "not JSON", 400, "Could not read the request's body"),
        ("/result", #"{"data": ["1 2"]}"#, 400, "unknown field"),
        ("/result", "{}", 400, "/filename: the field is missing"),
        ("/result", #"{"filename": 5}"#, 400, "/filename: expected a string"),
        ("/result", #"{"filename": "predict-2026-11-21T05:30:00.000001.txt"}"#, 404, "no request was given the name"),
        ("/result", #"{"filename": "../../etc/passwd"}"#, 404, "no request was given the name"),
        ("/result", #"{"filename": "train-2026-11-21T05:30:00.000001.txt"}"#, 404, "names ratings, which have no result"),
        ("/nowhere", "{}", 404, "there is nothing at '/nowhere'"),
        ("/healthz", "{}", 405, "POST is not possible here"),
    ])
    func badInputIsNamed(_ path: String, _ body: String, _ status: Int, _ message: String) async throws {
        try await Harness.run { (harness) async throws in
            let before = await (harness.engine.files("training"), harness.engine.files("streaming"))
            let answer = try await harness.post(path, body)
            #expect(answer.status == status)
            #expect(answer.headers.first(name: "content-type") == "application/problem+json")
            #expect(answer.body.contains(message), "\(answer.body)")
            #expect(answer.body.contains("\"hint\":"), "\(answer.body)")
            #expect(await before == (harness.engine.files("training"), harness.engine.files("streaming")))
        }
    }

    @Test("values that are no lines cost no time, however deep they nest", .timeLimit(.minutes(1))) func nestedInput() async throws {
        let value = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        let body = #"{"data": ["# + Array(repeating: value, count: 1000).joined(separator: ",") + "]}"
        try await Harness.run { (harness) async throws in
            let answer = try await harness.post("/train", body)
            #expect(answer.status == 400)
            #expect(answer.body.contains("line 1 of 'data' cannot be used: it is not a string"), "\(answer.body)")
        }
    }

    @Test func ratingsOffTheScaleAreRefused() async throws {
        let scale = try RatingScale(lower: 1, upper: 5)
        try await Harness.run(configuration: FrontConfiguration(scale: scale)) { (harness) async throws in
            #expect(try await harness.post("/train", #"{"data": ["1 2 5 4"]}"#).status == 200)
            #expect(try await harness.post("/train", #"{"data": ["1 2 6 4"]}"#).status == 400)
        }
    }

    @Test func withoutAScaleHalfStarsAreTakenAndAnyNumberOnlyWhereThatIsAskedFor() async throws {
        let spoiling = #"{"data": ["1 2 1e9 4"]}"#
        try await Harness.run { (harness) async throws in
            #expect(try await harness.post("/train", #"{"data": ["1 2 0.5 4", "1 3 1 4", "1 4 5 4"]}"#).status == 200)
            let answer = try await harness.post("/train", spoiling)
            #expect(answer.status == 400)
            #expect(answer.body.contains("the rating 1e9 is not on the scale from 0.5 to 5.0"), "\(answer.body)")
        }
        try await Harness.run(configuration: FrontConfiguration(scale: nil)) { (harness) async throws in
            #expect(try await harness.post("/train", spoiling).status == 200)
        }
    }

    @Test func longBodiesAreRefused() async throws {
        var limits = FrontConfiguration.Limits()
        limits.bodyByteCountMax = 100
        try await Harness.run(configuration: FrontConfiguration(limits: limits)) { (harness) async throws in
            let answer = try await harness.post("/predict", "{\"data\":[\"1 2\"]}" + String(repeating: " ", count: 1 << 20))
            #expect(answer.status == 413)
            #expect(try await harness.post("/predict", #"{"data":["1 2"]}"#).status == 200)
        }
    }

    @Test func whatTheEngineCannotTakeNowIsToBeSentAgain() async throws {
        try await Harness.run { (harness) async throws in
            await harness.engine.failPuts(with: PachError(.overloaded, "10000 jobs wait already"))
            let answer = try await harness.post("/predict", #"{"data":["1 2"]}"#)
            #expect(answer.status == 503)
            #expect(answer.headers.first(name: "retry-after") == "1")
        }
    }

    @Test(
        "what the engine fails in is no mistake of the client's, and is told in the log",
        arguments: [
            (PachError.Code.unauthenticated, 502), (.notFound, 502), (.conflict, 502), (.io, 502), (.locked, 503), (.outOfSpace, 507),
        ]) func engineFailure(code: PachError.Code, status: Int) async throws
    {
        let log = LogRecorder()
        try await Harness.run(log: log) { (harness) async throws in
            let failure = PachError(code, "a name of the engine's")
            await harness.engine.failPuts(with: failure)
            let answer = try await harness.post("/predict", #"{"data":["1 2"]}"#)
            #expect(answer.status == status, "\(answer.body)")
            #expect(answer.body.contains("a name of the engine's") == (code == .outOfSpace))
            #expect(log.lines.count { $0.contains("a name of the engine's") } == 1)
            guard code != .notFound else { return }
            await harness.engine.failReads(with: failure)
            let name = RequestName(.predict, at: .now)
            for _ in 0..<20 { #expect(try await harness.result(name.description).status == status) }
            // Not with each request.
            #expect(log.lines.count { $0.contains("a name of the engine's") } < 20)
        }
    }

    @Test("what may have been stored is not to be sent again, and has a name to ask for", arguments: ["/train", "/predict"])
    func unknownOutcome(path: String) async throws {
        try await Harness.run { (harness) async throws in
            await harness.engine.failPuts(with: PachError(.unavailable, "the server broke off its answer"))
            let answer = try await harness.post(path, #"{"data":["1 2\#(path == "/train" ? " 3 4" : "")"]}"#)
            #expect(answer.status == 503)
            #expect(answer.headers["retry-after"].isEmpty)
            #expect(answer.body.contains("it is not known whether the request was stored"), "\(answer.body)")
            #expect(answer.field("filename").flatMap { RequestName($0) }?.path.description.contains(path.dropFirst()) == true)
        }
    }

    @Test(.timeLimit(.minutes(1))) func anEngineThatHangsDoesNotKeepTheFrontFromStopping() async throws {
        let engine = FakeEngine()
        var configuration = FrontConfiguration()
        configuration.limits.connections.stopPatience = .milliseconds(1)
        try await Harness.run(engine: engine, configuration: configuration) { (harness) async throws in
            await engine.hold()
            async let answer = harness.post("/train", #"{"data":["1 2 3 4"]}"#)
            await engine.wait { $0.heldCount == 1 }
            await harness.shutDown()
            do {
                #expect(try await answer.status == 503)
            } catch {
                // The connection was closed before it was answered.
            }
        }
        await engine.release()
    }

    // MARK: Who is let in

    @Test func pagesOfOtherOriginsAreRefused() async throws {
        try await Harness.run { (harness) async throws in
            let body = #"{"data":["1 2"]}"#
            for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
                #expect(try await harness.send(.POST, "/predict", headers: [("Origin", origin)], body: body).status == 403)
            }
            let ours = "http://127.0.0.1:\(harness.port)"
            #expect(try await harness.send(.POST, "/predict", headers: [("Origin", ours)], body: body).status == 200)
            #expect(try await harness.send(.GET, "/healthz", headers: [("Host", "evil.example:\(harness.port)")]).status == 421)
        }
    }

    @Test func aNameCanBeMadeKnown() async throws {
        try await Harness.run(configuration: FrontConfiguration(knownAs: ["films.example"])) { (harness) async throws in
            #expect(try await harness.send(.GET, "/healthz", headers: [("Host", "films.example")]).status == 200)
        }
    }
}
