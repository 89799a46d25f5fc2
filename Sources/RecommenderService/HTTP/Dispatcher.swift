import HTTPTypes
import HummingbirdCore
import Logging
import Model
import NIOCore
import Web

/// Takes a request past the check to its route and back; the one place where what was thrown becomes a problem document.
struct Dispatcher: Sendable {
    let routes: RouteTable<Route>
    let hostCheck: HostCheck
    let metrics: FrontMetrics
    let limits: FrontConfiguration.Limits
    let logger: Logger
    /// For what the engine fails in, which may be every request.
    let engineLog: RareLog

    func respond(to request: Request, writer: consuming ResponseWriter, channel: any Channel) async throws {
        try await leavingLoop(writer) { try await answer(request, $0, port: channel.localAddress?.port ?? 0) }
    }

    private func answer(_ request: Request, _ writer: consuming ResponseWriter, port: Int) async throws {
        let started = ContinuousClock.now
        let body = IncomingBody(request)
        let requestID = RequestID.make()
        let instance = request.instance

        var template = "unmatched"
        var response: Response
        do {
            try hostCheck.admit(request.head, port: port)
            let (path, query) = try request.target()
            let (route, parameters) = try routes.find(request.method, path)
            template = route.path.description
            let exchange = Exchange(
                body: body, parameters: parameters, query: try Query(query, known: route.query), bodyByteCountMax: limits.bodyByteCountMax)
            // The client waits for a word before it sends its body.
            if request.headers[.expect]?.lowercased() == "100-continue" {
                try await writer.writeInformationalHead(HTTPResponse(status: .continue))
            }
            response = try await route.handle(exchange)
        } catch {
            let failure = error as? EngineFailure
            let (problem, isForLog) = HTTPProblem.response(for: failure?.problem ?? error, instance: instance, requestID: requestID)
            response = problem
            let metadata: Logger.Metadata = [
                "path": "\(instance)", "request_id": "\(requestID)", "error": "\(failure?.cause ?? error)",
            ]
            if let failure {
                if failure.isForLog { engineLog.warn("the engine failed", metadata) }
            } else if isForLog {
                logger.error("request failed", metadata: metadata)
            }
        }
        if body.isLast { response.headers[.connection] = "close" }
        response.headers.describeAnswer(to: requestID)
        let sent = request.method == .head ? ResponseBody() : response.body
        // Before it goes out, so that whoever has the answer finds it counted.
        metrics.requests.record(
            template: template, method: request.method, status: response.status.code, duration: started.duration(to: .now),
            requestByteCount: body.receivedByteCount, responseByteCount: Int64(sent.contentLength ?? 0))
        try await writer.write(response: response.head, body: sent)
        guard try await body.drain(upTo: limits.refusedBodyByteCountMax) else {
            throw PachError(.tooLarge, "the client goes on sending a body that was refused")
        }
    }
}
