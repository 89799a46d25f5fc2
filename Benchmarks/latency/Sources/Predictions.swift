import API
import AsyncHTTPClient
import Model
import NIOCore
import NIOHTTP1

/// Asks a front for estimates, and waits for them.
struct Predictions: Sendable {
    private struct Named: Decodable {
        var filename: String
    }

    private struct Result: Decodable {
        var ready: Bool
        var error: String?
    }

    private let front: String
    private let http: HTTPClient

    init(_ front: String) {
        self.front = front
        http = HTTPClient(eventLoopGroupProvider: .singleton)
    }

    func close() async throws {
        try await http.shutdown()
    }

    /// Seconds from a request to its result.
    func measure(_ round: Int) async throws -> Double {
        let start = ContinuousClock.now
        let body = #"{"data": ["\#(1 + abs(round) % 600) 318"]}"#
        let named = try await send(Named.self, .POST, "/predict", body: body)
        let result = try await send(Result.self, .GET, "/result/\(named.filename)?wait=60s", body: nil)
        guard result.ready else { throw PachError(.conflict, "there is no result of \(named.filename)", cause: result.error) }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// The same by many clients, each of which sends its next request when it has the result of the last.
    func measure(clients: Int, rounds: Int) async throws -> [Double] {
        try await withThrowingTaskGroup(of: [Double].self) { group in
            for client in 0..<clients {
                group.addTask {
                    var times: [Double] = []
                    for round in stride(from: client, to: rounds, by: clients) { times.append(try await measure(round)) }
                    return times
                }
            }
            var all: [Double] = []
            for try await times in group { all += times }
            return all
        }
    }

    private func send<Answer: Decodable>(
        _ type: Answer.Type, _ method: HTTPMethod, _ target: String, body: String?
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: front + target)
        request.method = method
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response = try await http.execute(request, timeout: .seconds(90))
        let bytes = Array(buffer: try await response.body.collect(upTo: 1 << 20))
        guard response.status == .ok else {
            throw try JSON.decode(Problem.self, from: bytes, what: "the front's problem document").error
        }
        return try JSON.decode(type, from: bytes, what: "the front's answer")
    }
}
