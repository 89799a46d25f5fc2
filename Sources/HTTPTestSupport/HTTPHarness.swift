public import AsyncHTTPClient
public import Logging
internal import NIOCore
public import NIOHTTP1
public import ServiceLifecycle

/// A service on a free port, with plain HTTP and bare bytes at hand.
public struct HTTPHarness<Engine: Sendable>: Sendable {
    /// What the service works on.
    public let engine: Engine
    public let port: Int
    private let http: HTTPClient
    private let group: ServiceGroup

    public var url: String { "http://127.0.0.1:\(port)" }

    /// Runs a service for as long as `body` takes.
    /// - Parameters:
    ///   - log: gets what the service logs.
    ///   - make: makes the service, which tells the port once it listens there.
    public static func run(
        engine: Engine, log: LogRecorder = LogRecorder(), _ body: @escaping @Sendable (HTTPHarness) async throws -> Void,
        service make: (Logger, _ onListening: @escaping @Sendable (Int) -> Void) -> ServiceGroupConfiguration.ServiceConfiguration
    ) async throws {
        let logger = Logger(label: "tests") { _ in log }
        let (ports, tellPort) = AsyncStream<Int>.makeStream()
        let group = ServiceGroup(configuration: .init(services: [make(logger) { tellPort.yield($0) }], logger: logger))
        let http = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            try await withThrowingTaskGroup { tasks in
                tasks.addTask {
                    defer { tellPort.finish() }
                    try await group.run()
                }
                var iterator = ports.makeAsyncIterator()
                guard let port = await iterator.next() else {
                    // It did not come to listen; why, its own task tells where it knows.
                    try await tasks.waitForAll()
                    throw NeverListened()
                }
                let harness = HTTPHarness(engine: engine, port: port, http: http, group: group)
                do {
                    try await body(harness)
                } catch {
                    await harness.shutDown()
                    throw error
                }
                await harness.shutDown()
                try await tasks.waitForAll()
            }
        } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    /// Asks the service to stop, as a signal would.
    public func shutDown() async {
        await group.triggerGracefulShutdown()
    }

    public func request(
        _ method: HTTPMethod, _ target: String, headers: [(String, String)], body: HTTPClientRequest.Body?
    ) async throws -> HTTPAnswer {
        var request = HTTPClientRequest(url: url + target)
        request.method = method
        request.headers = HTTPHeaders(headers)
        request.body = body
        let response = try await http.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 1 << 24)
        return HTTPAnswer(status: Int(response.status.code), headers: response.headers, body: String(buffer: bytes))
    }
}

/// An answer as it came.
public struct HTTPAnswer: Sendable {
    public var status: Int
    public var headers: HTTPHeaders
    public var body: String
}

/// A service that ended, without an error, before it listened.
private struct NeverListened: Error {}
