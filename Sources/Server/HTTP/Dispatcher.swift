import API
import HTTPTypes
import HummingbirdCore
import Logging
import Model
import NIOCore
import Operations
import Web

/// Takes a request past the checks to its route and back; the one place where what was thrown becomes a problem document.
struct Dispatcher: Sendable {
    private let operations: any Operations
    private let limits: ServerConfiguration.Limits
    private let archives: Turnstile
    private let hostCheck: HostCheck
    private let tokenCheck: TokenCheck
    private let routes = RouteTable(Route.all, hint: "/v1/openapi.json describes what there is.")
    private let metrics: MetricsRegistry
    private let health: RootHealth
    private let requestMetrics: RequestMetrics
    private let logger: Logger

    init(operations: any Operations, configuration: ServerConfiguration, logger: Logger) {
        self.operations = operations
        limits = configuration.limits
        archives = Turnstile(configuration.limits.pipelineArchiveCountMax)
        hostCheck = HostCheck(configuration.address, knownAs: configuration.knownAs)
        tokenCheck = TokenCheck(configuration.token)
        metrics = configuration.metrics
        health = configuration.health
        requestMetrics = RequestMetrics(configuration.metrics)
        self.logger = logger
    }

    func respond(to request: Request, writer: consuming ResponseWriter, channel: any Channel) async throws {
        let started = ContinuousClock.now
        let body = IncomingBody(request)
        let requestID = RequestID.make()
        let instance = request.instance
        let log = RequestLog(logger: logger, requestID: requestID, path: instance)

        var template = "unmatched"
        let admitted = Result<(route: Route, exchange: Exchange), any Error> {
            try hostCheck.admit(request.head, port: channel.localAddress?.port ?? 0)
            let (path, query) = try request.target()
            if !Self.isOpen(path) { try tokenCheck.admit(request.head) }
            let (route, parameters) = try routes.find(request.method, path)
            template = route.path.description
            try Self.refuseWhatWeIgnore(request, route)
            let exchange = Exchange(
                operations: operations, request: request, loop: channel.eventLoop, body: body, query: try Query(query, known: route.query),
                limits: limits, archives: archives, metrics: metrics, health: health, parameters: parameters, requestID: requestID,
                log: log, hasToken: tokenCheck.isPassed(by: request.head), instance: instance)
            return (route, exchange)
        }

        func answer(_ writer: consuming ResponseWriter) async throws {
            var response: Response
            do {
                let (route, exchange) = try admitted.get()
                // The client waits for a word before it sends its upload; whether the upload is welcome, only the engine can tell.
                if request.headers[.expect]?.lowercased() == "100-continue" {
                    try await writer.writeInformationalHead(HTTPResponse(status: .continue))
                }
                response = try await route.handle(exchange)
            } catch {
                let (problem, isForLog) = HTTPProblem.response(for: error, instance: instance, requestID: requestID)
                response = problem
                if isForLog {
                    log.write(.error, "request failed", ["method": "\(request.method)", "error": "\(error)"])
                }
            }
            if body.isLast { response.headers[.connection] = "close" }
            response.headers.describeAnswer(to: requestID)

            let sent = ByteCounter()
            defer {
                requestMetrics.record(
                    template: template, method: request.method, status: response.status.code, duration: started.duration(to: .now),
                    requestByteCount: body.receivedByteCount, responseByteCount: sent.count)
                log.write(.debug, "request", ["method": "\(request.method)", "status": "\(response.status.code)"])
            }
            do {
                try await writer.write(
                    response: response.head, body: request.method == .head ? ResponseBody() : sent.counting(response.body))
            } catch {
                // The head is on its way, so all that is left is to break off: the client must not take half an answer for the whole.
                if error is PachError {
                    log.write(brokenOffBy: error)
                } else {
                    // The client has left, as a rule.
                    log.write(.info, "answer was broken off", ["error": "\(error)"])
                }
                throw error
            }
            guard try await body.drain(upTo: limits.refusedUploadByteCountMax) else {
                throw PachError(.tooLarge, "the client goes on sending an upload that was refused")
            }
        }

        // What is answered in a moment stays on the connection's loop; all else leaves it to other connections.
        if body.isShort, case .success(let (route, exchange)) = admitted, route.isBrief, exchange.query.isEmpty,
            request.headers[.ifMatch] == nil
        {
            try await answer(writer)
        } else {
            try await leavingLoop(writer, answer)
        }
    }

    /// Refuses headers that would change what a request does, and that we do not heed: silence would do harm.
    private static func refuseWhatWeIgnore(_ request: Request, _ route: Route) throws {
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw HTTPProblem(
                PachError(.notSupported, "the encoding \(quoted(encoding)) is not supported", hint: "Send the body as it is."), status: 415)
        }
        let codings = request.headers[values: .transferEncoding].flatMap { $0.split { ", \t".contains($0) } }
        // RFC 9112, section 6.1. Of a list that ends in 'chunked' the parser undoes just that; others it refuses.
        if codings.count > 1, let coding = codings.first(where: { $0.lowercased() != "chunked" }) {
            throw HTTPProblem(
                PachError(.notSupported, "the transfer coding \(quoted(String(coding))) is not supported", hint: "Send the body as it is."),
                status: 501)
        }
        guard request.method != .get, request.method != .head else { return }
        // RFC 9110, section 14.5: a server that does not know partial PUT must not take it for a whole one.
        if request.headers[.contentRange] != nil {
            throw PachError(.invalidArgument, "a file is sent as a whole, without 'Content-Range'")
        }
        if request.headers[.idempotencyKey] != nil {
            throw PachError(.notSupported, "'Idempotency-Key' is not supported", hint: "State the branch's head with 'If-Match'.")
        }
        let conditions = [HTTPField.Name.ifNoneMatch, .ifUnmodifiedSince] + (route.knowsIfMatch ? [] : [.ifMatch])
        for condition in conditions where request.headers[condition] != nil {
            throw PachError(.notSupported, "\(quoted(condition.rawName)) is not supported here")
        }
    }

    /// What probes and monitors read without a token.
    private static func isOpen(_ path: Substring) -> Bool {
        ["/healthz", "/readyz", "/metrics"].contains(path)
    }
}

extension Exchange {
    /// The problem document for what was thrown while the answer was under way.
    func problem(for failure: any Error) -> Problem {
        switch failure {
        case let error as PachError:
            Problem(error, instance: instance, requestID: requestID)
        case is CancellationError:
            Problem(PachError(.stopped, "the stream was cut off because the server stops"), instance: instance, requestID: requestID)
        default:
            Problem(unforeseenAt: instance, requestID: requestID)
        }
    }
}
