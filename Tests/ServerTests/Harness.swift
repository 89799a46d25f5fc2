import API
import AsyncHTTPClient
import HTTPTestSupport
import Model
import NIOHTTP1
import Operations
import ServiceLifecycle

@testable import Server

typealias Harness = HTTPHarness<FakeEngine>

extension Harness {
    static var token: String { "a-token-of-tests" }

    /// Runs a server for as long as `body` takes.
    static func run(
        engine: FakeEngine = FakeEngine(), limits: ServerConfiguration.Limits = .init(), knownAs: [String] = [],
        health: RootHealth = RootHealth(), log: LogRecorder = LogRecorder(),
        _ body: @escaping @Sendable (Harness) async throws -> Void
    ) async throws {
        let configuration = ServerConfiguration(
            address: ListenAddress(host: "127.0.0.1", port: 0), token: token, knownAs: knownAs, limits: limits, health: health)
        try await run(engine: engine, log: log, body) { logger, onListening in
            .init(service: makeServer(operations: engine, configuration: configuration, logger: logger, onListening: onListening))
        }
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

    func send(
        _ method: HTTPMethod, _ target: String, headers: [(String, String)] = [], body: HTTPClientRequest.Body? = nil,
        token: String? = Harness.token
    ) async throws -> HTTPAnswer {
        let authorization = token.map { [("Authorization", "Bearer \($0)")] } ?? []
        return try await request(method, target, headers: headers + authorization, body: body)
    }
}
