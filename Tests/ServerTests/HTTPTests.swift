import API
import AsyncHTTPClient
import HTTPTestSupport
import Model
import NIOCore
import NIOHTTP1
import Operations
import Testing
import Web

@testable import Server

@Suite struct HTTPTests {
    private static let target = "/v1/repos/ratings/commits/master/files"

    // MARK: Downloads

    @Test func aFileComesWithItsTag() async throws {
        try await Harness.run { harness in
            harness.engine.files = [try FilePath("f"): Array("0123456789".utf8)]
            let answer = try await harness.send(.GET, Self.target + "/f")
            #expect(answer.status == 200)
            #expect(answer.body == "0123456789")
            #expect(answer.headers["etag"] == ["\"\(Sample.object)\""])
            #expect(answer.headers["content-length"] == ["10"])
            #expect(answer.headers["accept-ranges"] == ["bytes"])
            let head = try await harness.send(.HEAD, Self.target + "/f")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(head.headers["content-length"] == ["10"])
        }
    }

    @Test(
        arguments: [
            ("bytes=0-3", 206, "0123", "bytes 0-3/10"), ("bytes=4-", 206, "456789", "bytes 4-9/10"),
            ("bytes=-3", 206, "789", "bytes 7-9/10"),
            ("bytes=8-99", 206, "89", "bytes 8-9/10"), ("bytes=-99", 206, "0123456789", "bytes 0-9/10"),
            ("BYTES=9-9", 206, "9", "bytes 9-9/10"),
            ("bytes=0-1,3-4", 200, "0123456789", nil), ("lines=0-1", 200, "0123456789", nil), ("bytes=5-2", 200, "0123456789", nil),
            ("bytes=-", 200, "0123456789", nil), ("bytes=a-b", 200, "0123456789", nil),
            ("bytes=99999999999999999999-", 416, nil, "bytes */10"),
            ("bytes=2-99999999999999999999", 206, "23456789", "bytes 2-9/10"),
            ("bytes=10-", 416, nil, "bytes */10"), ("bytes=-0", 416, nil, "bytes */10"), ("bytes=10-20", 416, nil, "bytes */10"),
        ] as [(String, Int, String?, String?)])
    func rangesAreAnswered(range: String, status: Int, body: String?, contentRange: String?) async throws {
        try await Harness.run { harness in
            harness.engine.files = [try FilePath("f"): Array("0123456789".utf8)]
            let answer = try await harness.send(.GET, Self.target + "/f", headers: [("Range", range)])
            #expect(answer.status == status)
            if let body { #expect(answer.body == body) }
            #expect(answer.headers.first(name: "content-range") == contentRange)
        }
    }

    @Test func aRangeOfAnotherVersionIsTheWholeFile() async throws {
        try await Harness.run { harness in
            harness.engine.files = [try FilePath("f"): Array("0123456789".utf8)]
            for (tag, status) in [("\"\(Sample.object)\"", 206), ("\"other\"", 200)] {
                let answer = try await harness.send(.GET, Self.target + "/f", headers: [("Range", "bytes=0-1"), ("If-Range", tag)])
                #expect(answer.status == status)
            }
        }
    }

    @Test func aPartIsReadFromTheCommitThatWasLookedAt() async throws {
        try await Harness.run { harness in
            harness.engine.files = [try FilePath("f"): Array("0123456789".utf8)]
            _ = try await harness.send(.GET, Self.target + "/f", headers: [("Range", "bytes=0-1")])
            #expect(harness.engine.takeCalls() == ["inspectFile ratings@master:/f", "getFile ratings@\(Sample.id):/f 0..<2"])
        }
    }

    /// An open commit's file may be replaced between the look at it and the reading of it.
    @Test(
        arguments: [
            ([("Range", "bytes=2-5")], "cdef", "bytes 2-5/20"), ([("Range", "bytes=2-5"), ("If-Range", "\"\(Sample.object)\"")], nil, nil),
            ([("Range", "bytes=2-5"), ("If-Range", "\"other\"")], nil, nil), ([("Range", "bytes=0-1,3-4")], nil, nil),
        ] as [([(String, String)], String?, String?)])
    func anAnswersTagIsThatOfItsBody(headers: [(String, String)], part: String?, contentRange: String?) async throws {
        try await Harness.run { harness in
            let (new, hash) = ("abcdefghijklmnopqrst", try ObjectID(parsing: String(repeating: "4e", count: 20)))
            harness.engine.files = [try FilePath("f"): Array("0123456789".utf8)]
            harness.engine.replaceAfterLook(try FilePath("f"), with: Array(new.utf8), hash: hash)
            let answer = try await harness.send(.GET, Self.target + "/f", headers: headers)
            #expect(answer.status == (part == nil ? 200 : 206))
            #expect(answer.body == part ?? new)
            #expect(answer.headers["etag"] == ["\"\(hash)\""])
            #expect(answer.headers["pach-size"] == ["20"])
            #expect(answer.headers.first(name: "content-range") == contentRange)
        }
    }

    @Test func whatTheClientHasIsNotSentAgain() async throws {
        try await Harness.run { harness in
            harness.engine.files = [try FilePath("f"): Array("0123456789".utf8)]
            for (tag, status) in [("\"\(Sample.object)\"", 304), ("W/\"\(Sample.object)\"", 304), ("*", 304), ("\"other\"", 200)] {
                for method in [HTTPMethod.GET, .HEAD] {
                    let answer = try await harness.send(method, Self.target + "/f", headers: [("If-None-Match", tag)])
                    #expect(answer.status == status, "\(tag)")
                }
            }
        }
    }

    @Test func aFolderIsNotAFile() async throws {
        try await Harness.run { harness in
            for headers in [[("Range", "bytes=0-1")]] {
                let answer = try await harness.send(.GET, Self.target + "/folder", headers: headers)
                #expect(answer.status == 400)
                #expect(answer.body.contains("'/folder' is a folder, not a file"))
            }
        }
    }

    // MARK: Problems

    @Test func aProblemDocumentIsAsItAlwaysWas() async throws {
        try await Harness.run { harness in
            let answer = try await harness.send(.GET, Self.target + "/none")
            #expect(answer.status == 404)
            #expect(answer.headers["content-type"] == ["application/problem+json"])
            let requestID = try #require(answer.headers.first(name: "x-request-id"))
            #expect(
                answer.body == """
                    {"code":"not_found","detail":"file 'ratings@master:/none' not found","hint":"List its folder.",\
                    "instance":"/v1/repos/ratings/commits/master/files/none","request_id":"\(requestID)","status":404,\
                    "title":"Not found","type":"/problems/not_found"}
                    """)
        }
    }

    @Test func whatNobodyForesawIsToldInTheLogOnly() async throws {
        struct Secret: Error { var detail = "a path of ours" }
        try await Harness.run { harness in
            harness.engine.fail(with: Secret())
            let answer = try await harness.send(.GET, "/v1/version")
            #expect(answer.status == 500)
            #expect(!answer.body.contains("path of ours"))
            #expect(answer.body.contains("\"code\":\"internal\""))
        }
    }

    @Test func transientProblemsSayWhenToTryAgain() async throws {
        try await Harness.run { harness in
            harness.engine.fail(with: PachError(.overloaded, "too many jobs wait"))
            let answer = try await harness.send(.GET, "/v1/version")
            #expect(answer.status == 503)
            #expect(answer.headers["retry-after"] == ["1"])
        }
    }

    @Test(arguments: [
        ("/v1", 404), ("/v1/", 404), ("/v1/repos/", 404), ("/v1/repos/a/b", 404), ("/", 404), ("/v1/repos?typ=user", 400),
        ("/v1/repos?type=users", 400), ("/v1/repos/x?force", 400), ("/v1/commit-sets?number=-1", 400),
        ("/v1/commit-sets?number=1&number=2", 400),
        ("/v1/repos/not%20a%20name", 400), ("/v1/jobs/train/xyz", 400), ("/v1/repos/r/commits/master%5E%5E%7E", 400),
        ("/v1/repos/r/commits/master/entries?walk&info", 400), ("/v1/jobs?state=done", 400),
    ]) func mistakenTargetsAreTold(target: String, status: Int) async throws {
        try await Harness.run { harness in
            let answer = try await harness.send(.GET, target)
            #expect(answer.status == status)
            #expect(answer.headers["content-type"] == [Problem.mediaType])
        }
    }

    @Test func anotherMethodIsToldWhatIsPossible() async throws {
        try await Harness.run { harness in
            let answer = try await harness.send(.POST, "/v1/repos/r")
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == ["DELETE, GET, HEAD, PUT"])
        }
    }

    @Test(arguments: [#"{"description": 1}"#, #"{"descriptoin": "x"}"#, "{", "\u{FF}"]) func mistakenBodiesAreTold(body: String)
        async throws
    {
        try await Harness.run { harness in
            let answer = try await harness.send(.PUT, "/v1/repos/r", body: .bytes(ByteBuffer(string: body)))
            #expect(answer.status == 400)
            #expect(answer.body.contains("\"errors\":[{\"detail\":") || !body.contains(":"))
        }
    }

    // MARK: Lists and streams

    @Test func listsAreJSONArraysOrLines() async throws {
        try await Harness.run { harness in
            let target = "/v1/repos/ratings/commits/master/entries?glob=%2A"
            let array = try await harness.send(.GET, target)
            #expect(array.headers["content-type"] == ["application/json"])
            #expect(try JSON.decode([FileInfo].self, from: Array(array.body.utf8), what: "it") == Sample.manyFiles(1000))
            let lines = try await harness.send(.GET, target, headers: [("Accept", "application/jsonl")])
            #expect(lines.headers["content-type"] == ["application/jsonl"])
            #expect(lines.body.split(separator: "\n").count == 1000)
            let walk = try await harness.send(.GET, "/v1/repos/ratings/commits/master/entries/x?walk")
            #expect(walk.headers["content-type"] == ["application/jsonl"])
            #expect(walk.body.split(separator: "\n").count == 1000)
        }
    }

    @Test func logsAreLinesOrEvents() async throws {
        try await Harness.run { harness in
            let target = "/v1/pipelines/train/logs"
            let lines = try await harness.send(.GET, target)
            #expect(lines.headers["content-type"] == ["application/jsonl"])
            #expect(lines.body.split(separator: "\n").count == Sample.log.count)
            for events in [
                try await harness.send(.GET, target + "?follow"),
                try await harness.send(.GET, target, headers: [("Accept", "text/event-stream")]),
            ] {
                #expect(events.headers["content-type"] == ["text/event-stream"])
                #expect(events.body.hasPrefix("event: log\ndata: {"))
                #expect(events.body.hasSuffix("event: end\ndata: {}\n\n"))
            }
        }
    }

    @Test func eventsNameTheCommitToGoOnFrom() async throws {
        try await Harness.run { harness in
            let target = "/v1/repos/ratings/branches/master/events"
            for query in ["", "?all", "?from=master"] {
                let answer = try await harness.send(.GET, target + query, headers: [("Last-Event-ID", Sample.id.description)])
                #expect(answer.body.hasPrefix("event: commit\nid: \(Sample.id)\ndata: {"))
                #expect(harness.engine.takeCalls() == ["subscribeCommits ratings@master after(ratings@\(Sample.id))"])
            }
            #expect(try await harness.send(.GET, target + "?all&from=\(Sample.id)").status == 400)
        }
    }

    @Test func aStreamNamesTheCommitToGoOnFromBeforeItsFirstEvent() async throws {
        try await Harness.run { harness in
            let target = "/v1/repos/ratings/branches/master/events"
            let answer = try await harness.send(.GET, target)
            #expect(answer.body.hasPrefix("id: \(Sample.id)\n\nevent: commit\n"), "\(answer.body.prefix(100))")
            _ = harness.engine.takeCalls()
            harness.engine.fail(with: PachError(.notFound, "there is no commit"))
            let empty = try await harness.send(.GET, target)
            #expect(empty.body.hasPrefix("id: first\n\n"), "\(empty.body.prefix(100))")
            harness.engine.fail(with: nil)
            _ = harness.engine.takeCalls()
            _ = try await harness.send(.GET, target, headers: [("Last-Event-ID", "first")])
            #expect(harness.engine.takeCalls() == ["subscribeCommits ratings@master first"])
        }
    }

    @Test func aClientThatLeavesEndsItsStreamAndItsWait() async throws {
        try await Harness.run { harness in
            var events = harness.engine.events.makeAsyncIterator()
            let head = "Host: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n\r\n"
            try await harness.sendRaw("GET /v1/repos/r/branches/forever/events HTTP/1.1\r\n\(head)", abruptly: false) {
                await harness.engine.waitForCall("subscribe")
            }
            #expect(await events.next() == "open")
            #expect(await events.next() == "left")
            try await harness.sendRaw("GET /v1/repos/r/commits/forever?wait HTTP/1.1\r\n\(head)", abruptly: true) {
                await harness.engine.waitForCall("inspectCommit")
            }
            #expect(await events.next() == "waits")
            #expect(await events.next() == "cancelled")
        }
    }

    @Test(
        "what may take long ends when its client leaves", .timeLimit(.minutes(1)),
        arguments: [
            "GET /v1/repos/r/commits/forever/entries?glob=**", "GET /v1/repos/r/commits/forever/diff",
            "GET /v1/objects/\(Sample.object)/uses?number=\(Int.max)", "POST /v1/backup",
        ]) func longCallsEnd(line: String) async throws
    {
        try await Harness.run { harness in
            var events = harness.engine.events.makeAsyncIterator()
            let body = line.hasPrefix("POST") ? #"{"folder":"/forever"}"# : ""
            let head = "Host: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n"
            let request = "\(line) HTTP/1.1\r\n\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            try await harness.sendRaw(request, abruptly: false) { await harness.engine.waitForCall("") }
            #expect(await events.next() == "waits")
            #expect(await events.next() == "cancelled")
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["GET /v1/repos/r/branches/forever/events", "GET /v1/repos/r/commits/forever?wait"])
    func aClientThatSendsWhatNobodyReadsIsSeenToLeave(line: String) async throws {
        try await Harness.run { harness in
            var events = harness.engine.events.makeAsyncIterator()
            let head = "Host: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\nTransfer-Encoding: chunked\r\n\r\n"
            let body = String(repeating: "1\r\nx\r\n", count: 100) + "0\r\n\r\n"
            try await harness.sendRaw("\(line) HTTP/1.1\r\n\(head)\(body)", abruptly: false) {
                await harness.engine.waitForCall(line.hasSuffix("wait") ? "inspectCommit" : "subscribe")
            }
            #expect(await ["open", "waits"].contains(events.next()))
            #expect(await ["left", "cancelled"].contains(events.next()))
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatTakesLongIsAnsweredWhateverComesWithIt() async throws {
        try await Harness.run { harness in
            let body = ByteBuffer(bytes: [UInt8](repeating: 0, count: 1 << 20))
            let answer = try await harness.send(.POST, "/v1/gc?dry_run", body: .bytes(body))
            #expect(answer.status == 200)
        }
    }

    // MARK: Stopping

    @Test func streamsAndWaitsEndWhenTheServerStops() async throws {
        try await Harness.run { harness in
            let client = try EngineClient(url: harness.url, token: Harness.token)
            var events = harness.engine.events.makeAsyncIterator()
            try await withThrowingTaskGroup { group in
                group.addTask {
                    let branch = Branch(repo: Sample.repoName, name: try BranchName("forever"))
                    let error = await #expect(throws: PachError.self) {
                        for try await _ in client.subscribeCommits(branch, from: .next) {}
                    }
                    #expect(error?.code == .stopped)
                }
                group.addTask {
                    let commit = try CommitReference("ratings@forever")
                    let error = await #expect(throws: PachError.self) { try await client.inspectCommit(commit, wait: true) }
                    #expect(error?.code == .stopped)
                }
                var begun: Set<String> = []
                while begun != ["open", "waits"], let event = await events.next() { begun.insert(event) }
                await harness.shutDown()
                try await group.waitForAll()
            }
            try await client.close()
        }
    }

    @Test func anUploadUnderWayIsFinishedBeforeTheServerStops() async throws {
        try await Harness.run { harness in
            let (parts, send) = AsyncStream<ByteBuffer>.makeStream()
            send.yield(ByteBuffer(string: "first "))
            try await withThrowingTaskGroup { group in
                group.addTask {
                    let answer = try await harness.send(.PUT, Self.target + "/f", body: .stream(parts, length: .unknown))
                    #expect(answer.status == 200)
                }
                await harness.engine.waitForCall("putFiles")
                await harness.shutDown()
                send.yield(ByteBuffer(string: "second"))
                send.finish()
                try await group.waitForAll()
            }
            #expect(harness.engine.files == [try FilePath("f"): Array("first second".utf8)])
        }
    }

    @Test func anUploadThatOutlastsThePatienceCommitsNothing() async throws {
        var limits = ServerConfiguration.Limits()
        limits.connections.stopPatience = .zero
        for framing in ["Content-Length: 20000\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"] {
            try await Harness.run(limits: limits) { harness in
                let head = "Host: localhost:\(harness.port)\r\nAuthorization: Bearer \(Harness.token)\r\n"
                try await harness.sendRaw("PUT \(Self.target)/f HTTP/1.1\r\n\(head)\(framing)", abruptly: false) {
                    await harness.engine.waitForCall("putFiles")
                    await harness.shutDown()
                    var events = harness.engine.events.makeAsyncIterator()
                    #expect(await events.next() == "upload failed")
                }
                #expect(harness.engine.commitCount == 0)
            }
        }
    }

    @Test(arguments: [
        ("Idempotency-Key", "k", 422), ("If-Match", "*", 422), ("If-None-Match", "*", 422), ("Content-Range", "bytes 0-1/2", 400),
        ("Content-Encoding", "gzip", 415), ("Content-Encoding", "identity", 200),
    ]) func headersThatAreNotHeededAreRefused(name: String, value: String, status: Int) async throws {
        try await Harness.run { harness in
            let answer = try await harness.send(.POST, "/v1/fsck", headers: [(name, value)])
            #expect(answer.status == status)
        }
    }

    // MARK: Description and metrics

    @Test func theDescriptionListsExactlyTheRoutes() async throws {
        let document = try JSON.decode(Description.self, from: PackageResources.openapi_json, what: "the description")
        #expect(document.openapi.hasPrefix("3.1."))
        var described: [String: Set<String>] = [:]
        for (path, methods) in document.paths {
            for (method, operation) in methods.operations {
                let query = Set(operation.parameters?.compactMap { $0.place == "query" ? $0.name : nil } ?? [])
                described["\(method.uppercased()) \(path)"] = query
                let inTemplate = Set(path.split(separator: "{").dropFirst().map { String($0.prefix { $0 != "}" }) })
                #expect(Set(methods.pathParameters) == inTemplate, "\(method) \(path)")
                #expect(operation.operationId != nil)
            }
        }
        let routes = Dictionary(
            uniqueKeysWithValues: Route.all.map { ("\($0.method) \($0.path.description.replacing("…", with: ""))", Set($0.query)) })
        #expect(Set(described.keys) == Set(routes.keys))
        for (route, query) in routes { #expect(described[route] == query, "\(route)") }
    }

    private struct Description: Decodable {
        struct Parameter: Decodable {
            enum CodingKeys: String, CodingKey {
                case name
                case place = "in"
                case reference = "$ref"
            }
            var name: String?
            var place: String?
            var reference: String?
        }
        struct Operation: Decodable {
            var operationId: String?
            var parameters: [Parameter]?
        }
        struct Item: Decodable {
            var get: Operation?
            var put: Operation?
            var post: Operation?
            var delete: Operation?
            var parameters: [Parameter]?
            var operations: [(String, Operation)] {
                [("get", get), ("put", put), ("post", post), ("delete", delete)].compactMap { name, value in value.map { (name, $0) } }
            }
            var pathParameters: [String] { parameters?.compactMap { $0.reference?.split(separator: "/").last.map(String.init) } ?? [] }
        }
        var openapi: String
        var paths: [String: Item]
    }

    @Test("how many repos cannot be read or published is told to anyone, and keeps the server ready", arguments: [0, 2])
    func failingRepos(_ count: Int) async throws {
        try await Harness.run(health: RootHealth(failingRepoCount: { count })) { harness in
            #expect(
                try await harness.send(.GET, "/metrics").body.contains("# TYPE pach_failing_repos gauge\npach_failing_repos \(count)\n"))
            let ready = try await harness.send(.GET, "/readyz")
            #expect(ready.status == 200 && ready.body.hasPrefix("ready\n"))
            #expect(ready.body.contains("2 of the repos cannot be read or published") == (count == 2))
        }
    }

    @Test("a server that takes no changes is not ready, says why to anyone, and goes on to answer")
    func standstill() async throws {
        let error = PachError(.io, "no changes are taken", hint: "Check the disk.")
        let health = RootHealth(failingRepoCount: { throw PachError(.corrupt, "the database is damaged") }, standstill: { error })
        try await Harness.run(health: health) { harness in
            #expect(try await harness.send(.GET, "/metrics").body.contains("# TYPE pach_read_only gauge\npach_read_only 1\n"))
            let ready = try await harness.send(.GET, "/readyz")
            #expect(ready.status == 503 && ready.body.contains("no changes are taken") && ready.body.contains("Check the disk."))
            #expect(try await harness.send(.GET, "/healthz").status == 200)
            #expect(try await harness.send(.GET, "/v1/repos").status == 200)
        }
        try await Harness.run { harness in
            let metrics = try await harness.send(.GET, "/metrics").body
            #expect(metrics.contains("# TYPE pach_read_only gauge\npach_read_only 0\n"))
        }
    }

    @Test("jobs are counted by pipeline for who has the token, and as a whole for anybody")
    func jobs() async throws {
        let (train, predict) = (try PipelineName("train"), try PipelineName("predict"))
        let figures = JobFigures(
            ended: [train: [.success: 2, .failure: 1], predict: [.success: 3]],
            lastSuccess: [train: Timestamp(microseconds: 1_795_262_400_500_000)], waiting: 4, running: 1)
        try await Harness.run(health: RootHealth(jobFigures: { figures })) { harness in
            let named = try await harness.send(.GET, "/metrics").body
            for line in [
                "# TYPE pach_jobs_total counter", #"pach_jobs_total{pipeline="train",state="failure"} 1"#,
                #"pach_jobs_total{pipeline="predict",state="success"} 3"#, #"pach_jobs_total{pipeline="predict",state="failure"} 0"#,
                #"pach_pipeline_last_success_timestamp_seconds{pipeline="train"} 1795262400.5"#, "# TYPE pach_jobs_waiting gauge",
                "pach_jobs_waiting 4", "pach_jobs_running 1",
            ] {
                #expect(named.split(separator: "\n").contains(Substring(line)), "\(line)")
            }
            let open = try await harness.send(.GET, "/metrics", token: nil).body
            #expect(open.contains("pach_jobs_total{state=\"success\"} 5\n") && open.contains("pach_jobs_waiting 4\n"))
            #expect(!open.contains("train"))
        }
    }

    @Test func requestsAreCounted() async throws {
        try await Harness.run { harness in
            for _ in 0..<3 { _ = try await harness.send(.GET, "/v1/version") }
            _ = try await harness.send(.GET, "/v1/no/such/thing")
            _ = try await harness.send(.PATCH, "/v1/version")
            _ = try await harness.send(.PUT, Self.target + "/f", body: .bytes(ByteBuffer(repeating: 1, count: 5000)))
            let text = try await harness.send(.GET, "/metrics").body
            for line in [
                "# TYPE http_requests_total counter",
                #"http_requests_total{handler="/v1/version",method="GET",status="200"} 3"#,
                #"http_requests_total{handler="unmatched",method="GET",status="404"} 1"#,
                #"http_requests_total{handler="unmatched",method="other",status="405"} 1"#,
                "# TYPE http_request_duration_seconds histogram",
                #"http_request_duration_seconds_count{handler="/v1/version",method="GET"} 3"#,
                #"http_request_size_bytes_bucket{handler="/v1/repos/{repo}/commits/{commit}/files/{path…}",method="PUT",le="4096"} 0"#,
                #"http_request_size_bytes_bucket{handler="/v1/repos/{repo}/commits/{commit}/files/{path…}",method="PUT",le="65536"} 1"#,
                "# TYPE process_cpu_seconds_total counter", "# TYPE process_open_fds gauge", "# TYPE process_resident_memory_bytes gauge",
            ] {
                #expect(text.split(separator: "\n").contains(Substring(line)), "\(line)")
            }
        }
    }
}
