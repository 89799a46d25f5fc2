import AsyncHTTPClient
import HTTPTestSupport
import Model
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Testing

@testable import RecommenderService

typealias Harness = HTTPHarness<FakeEngine>

extension Harness {
    /// Runs a front for as long as `body` takes.
    static func run(
        engine: FakeEngine = FakeEngine(), configuration: FrontConfiguration = FrontConfiguration(), log: LogRecorder = LogRecorder(),
        _ body: @escaping @Sendable (Harness) async throws -> Void
    ) async throws {
        var configuration = configuration
        configuration.address.port = 0
        try await run(engine: engine, log: log, body) { [configuration] logger, onListening in
            .init(
                service: RecommenderFront(
                    engine: engine, waiting: engine, configuration: configuration, logger: logger, onListening: onListening),
                successTerminationBehavior: .gracefullyShutdownGroup)
        }
    }

    func send(_ method: HTTPMethod, _ target: String, headers: [(String, String)] = [], body: String? = nil) async throws -> HTTPAnswer {
        try await request(method, target, headers: headers, body: body.map { .bytes(ByteBuffer(string: $0)) })
    }

    func post(_ target: String, _ body: String) async throws -> HTTPAnswer {
        try await send(.POST, target, headers: [("Content-Type", "application/json")], body: body)
    }

    /// Sends a request, and returns its name.
    func predict(_ line: String = "1 2") async throws -> String {
        let answer = try await post("/predict", "{\"data\":[\"\(line)\"]}")
        #expect(answer.status == 200, "\(answer.body)")
        return try #require(answer.field("filename"))
    }

    func result(_ name: String) async throws -> HTTPAnswer {
        try await post("/result", "{\"filename\":\"\(name)\"}")
    }
}

extension HTTPAnswer {
    /// The value of a string field of one-line JSON that has no escapes.
    func field(_ name: String) -> String? {
        let parts = body.split(separator: "\"\(name)\":\"", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[1].prefix { $0 != "\"" }) : nil
    }
}
