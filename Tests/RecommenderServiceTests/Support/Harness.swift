import AsyncHTTPClient
import Logging
import Model
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Testing

@testable import RecommenderService

/// A front on a free port, with plain HTTP at hand.
struct Harness: Sendable {
    let engine: FakeEngine
    let port: Int
    let http: HTTPClient
    let shutDown: @Sendable () async -> Void

    /// Runs a front for as long as `body` takes.
    static func run(
        engine: FakeEngine = FakeEngine(), configuration: FrontConfiguration = FrontConfiguration(),
        _ body: @escaping @Sendable (Harness) async throws -> Void
    ) async throws {
        var logger = Logger(label: "tests")
        logger.logLevel = .critical
        var configuration = configuration
        configuration.address.port = 0
        let (ports, tellPort) = AsyncStream<Int>.makeStream()
        let front = RecommenderFront(engine: engine, waiting: engine, configuration: configuration, logger: logger) { tellPort.yield($0) }
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: front, successTerminationBehavior: .gracefullyShutdownGroup)], logger: logger))
        let http = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            try await withThrowingTaskGroup { tasks in
                tasks.addTask {
                    defer { tellPort.finish() }
                    try await group.run()
                }
                var iterator = ports.makeAsyncIterator()
                guard let port = await iterator.next() else {
                    // It did not come to listen; why, its own task tells.
                    try await tasks.waitForAll()
                    return
                }
                let harness = Harness(engine: engine, port: port, http: http, shutDown: { await group.triggerGracefulShutdown() })
                do {
                    try await body(harness)
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    /// An answer as it came.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: String

        /// The value of a string field of one-line JSON that has no escapes.
        func field(_ name: String) -> String? {
            let parts = body.split(separator: "\"\(name)\":\"", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 ? String(parts[1].prefix { $0 != "\"" }) : nil
        }
    }

    func send(_ method: HTTPMethod, _ target: String, headers: [(String, String)] = [], body: String? = nil) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(target)")
        request.method = method
        request.headers = HTTPHeaders(headers)
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await http.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 1 << 24)
        return Answer(status: Int(response.status.code), headers: response.headers, body: String(buffer: bytes))
    }

    func post(_ target: String, _ body: String) async throws -> Answer {
        try await send(.POST, target, headers: [("Content-Type", "application/json")], body: body)
    }

    /// Sends a request, and returns its name.
    func predict(_ line: String = "1 2") async throws -> String {
        let answer = try await post("/predict", "{\"data\":[\"\(line)\"]}")
        #expect(answer.status == 200, "\(answer.body)")
        return try #require(answer.field("filename"))
    }

    func result(_ name: String) async throws -> Answer {
        try await post("/result", "{\"filename\":\"\(name)\"}")
    }
}
