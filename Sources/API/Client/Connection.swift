import AsyncHTTPClient
import Glibc
import Model
import NIOCore
import NIOHTTP1
import NIOPosix
import Operations

/// Sends requests to one server and turns what comes back, or does not, into values and `PachError`s.
struct Connection: Sendable {
    enum Method: String {
        case get = "GET"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
    }

    /// An answer of success, whose content is still to be read.
    struct Response {
        fileprivate let head: HTTPClientResponse
        var status: Int { Int(head.status.code) }
        /// Pulled as it is consumed; it throws where the server breaks off.
        let content: ByteStream

        func header(_ name: String) -> String? {
            head.headers.first(name: name)
        }
    }

    /// A single JSON value is at most this long; lists and logs come in lines.
    static let valueByteCountMax = 64 * 1024 * 1024

    /// What a request carries.
    enum Body: Sendable {
        case json(any Encodable & Sendable)
        case stream(ByteStream, type: String)
    }

    let http: HTTPClient
    /// The one that all connections live on.
    let loop: any EventLoop
    /// Without a trailing slash.
    let base: String
    let token: String?

    init(url: String, token: String?) throws(PachError) {
        guard url.hasPrefix("http://") || url.hasPrefix("https://"), !url.contains(where: { "?# ".contains($0) }), let last = url.last,
            !url.hasSuffix("//")
        else {
            throw PachError(.invalidArgument, "\(quoted(url)) is not a server's address", hint: "Write http://HOST:PORT.")
        }
        guard token.map({ $0.utf8.allSatisfy { (0x21...0x7e).contains($0) } }) ?? true else {
            throw PachError(.invalidArgument, "the token holds characters other than printable ASCII")
        }
        base = last == "/" ? String(url.dropLast()) : url
        self.token = token
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(10))
        configuration.httpVersion = .http1Only
        // Shorter than a server's own patience with idle connections, so that we never send on one that it is about to close.
        configuration.connectionPool.idleTimeout = .seconds(20)
        // A server that is not there is told at once, not after ten seconds of trying.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.http1_1ConnectionDebugInitializer = { $0.keepAlive() }
        // Each wait and each followed log holds a connection of its own.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        loop = MultiThreadedEventLoopGroup.singleton.next()
        http = HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: configuration)
    }

    func close() async throws {
        do {
            try await http.shutdown()
        } catch let error as HTTPClientError where error == .alreadyShutdown {
            // Closing twice is fine.
        }
    }

    // MARK: Answers

    /// The value that the server answers with.
    func value<Value: Decodable>(
        _ method: Method, _ target: RequestTarget, headers: [(String, String)] = [], body: Body? = nil
    ) async throws -> Value {
        let response = try await send(method, target, headers: headers, body: body)
        guard let bytes = try await response.content.collect(upTo: Self.valueByteCountMax) else {
            throw PachError(.tooLarge, "the server's answer is longer than \(Self.valueByteCountMax) bytes")
        }
        do {
            return try JSON.decode(Value.self, from: bytes, what: "the server's answer")
        } catch {
            throw notUnderstood(error.description)
        }
    }

    /// Nothing but success.
    func done(_ method: Method, _ target: RequestTarget, body: Body? = nil) async throws {
        let response = try await send(method, target, body: body)
        for try await _ in response.content {}
    }

    /// A list, read line by line.
    func list<Value: Decodable & Sendable>(_ target: RequestTarget) async throws -> [Value] {
        try await list(in: try await sendForList(target))
    }

    /// Asks for a list, which `list(in:)` reads.
    func sendForList(_ target: RequestTarget) async throws -> Response {
        try await send(.get, target, headers: [("Accept", JSONLines.mediaType)])
    }

    func list<Value: Decodable & Sendable>(in response: Response) async throws -> [Value] {
        let lines = ResponseLines { response.content }
        var values: [Value] = []
        while let line = try await lines.next() { values.append(try JSONLines.decode(Value.self, line: line)) }
        // Older servers do not tell.
        if let count = response.header(JSONLines.countHeader), Int(count) != values.count { throw brokenOff(.get) }
        return values
    }

    /// Values that come as server-sent events; the request is made when the first is asked for.
    func events<Value: Decodable & Sendable>(
        _ type: Value.Type, _ method: Method, _ target: RequestTarget
    ) -> AsyncThrowingStream<Value, any Error> {
        let lines = ResponseLines {
            try await send(method, target, headers: [("Accept", ServerSentEvent.mediaType)]).content
        }
        return AsyncThrowingStream {
            // Behind a hop that speaks HTTP/1.0 nothing else tells a server that went away from one that has said all.
            guard let event = try await lines.nextEvent() else { throw brokenOff(method) }
            switch event.name {
            case ServerSentEvent.endName: return nil
            case ServerSentEvent.problemName:
                throw try JSON.decode(Problem.self, from: event.data, what: "the server's answer").error
            default: return try JSON.decode(type, from: event.data, what: "the server's answer")
            }
        }
    }

    private func content(of response: HTTPClientResponse, to method: Method) -> ByteStream {
        let body = Pulled(response.body)
        return ByteStream {
            {
                do {
                    return try await body.next().map { Array($0.readableBytesView) }
                } catch {
                    throw failure(error, method)
                }
            }
        }
    }

    // MARK: Requests

    /// - Returns: an answer of success; its body is still to be read.
    func send(
        _ method: Method, _ target: RequestTarget, headers: [(String, String)] = [], body: Body? = nil
    ) async throws -> Response {
        var request = HTTPClientRequest(url: base + target.description)
        request.method = HTTPMethod(rawValue: method.rawValue)
        request.headers = HTTPHeaders(headers)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        let source = try attach(body, to: &request)
        let response: HTTPClientResponse
        do {
            // A wait may last for hours; only connecting has a limit.
            response = try await http.execute(request, deadline: .distantFuture)
        } catch {
            // What the source threw is the reason; that the request could not be sent whole only follows from it.
            throw await source?.failure ?? failure(error, method)
        }
        let answer = Response(head: response, content: content(of: response, to: method))
        guard (200..<300).contains(answer.status) else { throw try await problem(in: answer) }
        return answer
    }

    private func attach(_ body: Body?, to request: inout HTTPClientRequest) throws -> OutgoingBody? {
        switch body {
        case nil:
            return nil
        case .json(let value):
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try JSON.encode(value)))
            return nil
        case .stream(let stream, let type):
            request.headers.add(name: "Content-Type", value: type)
            let source = OutgoingBody(stream, loop: loop)
            request.body = .stream(source.buffers, length: .unknown)
            return source
        }
    }

    // MARK: Failures

    private func problem(in response: Response) async throws -> PachError {
        let bytes = try await response.content.collect(upTo: Problem.byteCountMax) ?? []
        if response.header("content-type")?.hasPrefix(Problem.mediaType) == true {
            return try JSON.decode(Problem.self, from: bytes, what: "the server's problem document").error
        }
        return PachError(
            Problem.code(forStatus: response.status), "the server at \(base) answered with status \(response.status)",
            hint: "Is it a pach server, and nothing in between?")
    }

    func notUnderstood(_ cause: String) -> PachError {
        PachError(
            .unavailable, "the answer of the server at \(base) was not understood", cause: cause,
            hint: "Is it a pach server of the same version?")
    }

    /// What became of a request that got no answer, or only half of one.
    private func failure(_ error: any Error, _ method: Method) -> any Error {
        if error is PachError || error is CancellationError { return error }
        if let error = error as? HTTPClientError {
            switch error {
            case .cancelled:
                return CancellationError()
            case .invalidURL, .emptyHost:
                return PachError(.invalidArgument, "\(quoted(base)) is not a server's address", hint: "Write http://HOST:PORT.")
            case .remoteConnectionClosed:
                return brokenOff(method)
            default:
                break
            }
        }
        if error is HTTPParserError { return brokenOff(method) }
        // Of a connection that stood; one that was not to be had fails with other numbers.
        if let error = error as? IOError, [ECONNRESET, EPIPE, ETIMEDOUT].contains(error.errnoCode) { return brokenOff(method) }
        return PachError(
            .unavailable, "the server at \(base) cannot be reached", cause: "\(error)",
            hint: "Start it with `pach serve`, or check the address.")
    }

    private func brokenOff(_ method: Method) -> PachError {
        PachError(
            .unavailable, "the server at \(base) broke off its answer",
            hint: method == .get ? "Look at its log, and try again." : "It may have been carried out: look before you repeat it.")
    }
}
