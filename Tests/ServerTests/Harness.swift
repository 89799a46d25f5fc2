import API
import AsyncHTTPClient
import Logging
import Model
import NIOCore
import NIOHTTP1
import Operations
import ServiceLifecycle
import Testing

@testable import Server

/// A server on a free port, with a client and plain HTTP at hand.
struct Harness: Sendable {
    static let token = "a-token-of-tests"

    let engine: FakeEngine
    let port: Int
    let http: HTTPClient
    let shutDown: @Sendable () async -> Void

    var url: String { "http://127.0.0.1:\(port)" }

    /// Runs a server for as long as `body` takes.
    static func run(
        engine: FakeEngine = FakeEngine(), limits: ServerConfiguration.Limits = .init(), knownAs: [String] = [],
        health: RootHealth = RootHealth(),
        _ body: @escaping @Sendable (Harness) async throws -> Void
    ) async throws {
        let configuration = ServerConfiguration(
            address: ListenAddress(host: "127.0.0.1", port: 0), token: token, knownAs: knownAs, limits: limits, health: health)
        var logger = Logger(label: "tests")
        logger.logLevel = .critical
        let (ports, tellPort) = AsyncStream<Int>.makeStream()
        let server = makeServer(operations: engine, configuration: configuration, logger: logger) { tellPort.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: logger))
        let http = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            try await withThrowingTaskGroup { tasks in
                tasks.addTask { try await group.run() }
                var iterator = ports.makeAsyncIterator()
                let port = try #require(await iterator.next())
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

    /// The same, with a client of the whole interface.
    static func runClient(
        engine: FakeEngine = FakeEngine(), _ body: @escaping @Sendable (EngineClient, FakeEngine) async throws -> Void
    ) async throws {
        try await run(engine: engine) { harness in
            let client = try EngineClient(url: harness.url + "/", token: token)
            do {
                try await body(client, harness.engine)
            } catch {
                try await client.close()
                throw error
            }
            try await client.close()
        }
    }

    /// An answer as it came.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: String
    }

    func send(
        _ method: HTTPMethod, _ target: String, headers: [(String, String)] = [], body: HTTPClientRequest.Body? = nil,
        token: String? = Harness.token
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url + target)
        request.method = method
        request.headers = HTTPHeaders(headers)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        request.body = body
        let response = try await http.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 16 * 1024 * 1024)
        return Answer(status: Int(response.status.code), headers: response.headers, body: String(buffer: bytes))
    }
}
