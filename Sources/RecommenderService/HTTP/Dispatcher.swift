import API
import HTTPTypes
import HummingbirdCore
import Logging
import Model
import NIOCore
import Web

/// Takes a request past the door to its route and back; the one place where what was thrown becomes a problem document.
struct Dispatcher: Sendable {
    /// Longer paths are cut in problem documents and logs.
    private static let instanceLengthMax = 1024

    let routes: [Route]
    let doorkeeper: Doorkeeper
    let metrics: FrontMetrics
    let limits: FrontConfiguration.Limits
    let logger: Logger

    func respond(to request: Request, writer: consuming ResponseWriter, port: Int) async throws {
        let started = ContinuousClock.now
        let body = IncomingBody(request)
        let requestID = String(UInt64.random(in: .min ... .max), radix: 16)
        let target = (request.head.path ?? "").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = target.first ?? ""
        let instance = String(path.prefix(Self.instanceLengthMax))

        var template = "unmatched"
        var response: Response
        do {
            try doorkeeper.admit(request.head, port: port)
            let (route, parameter) = try routes.find(request.method, path)
            template = route.template
            // The client waits for a word before it sends its body.
            if request.headers[.expect]?.lowercased() == "100-continue" {
                try await writer.writeInformationalHead(HTTPResponse(status: .continue))
            }
            response = try await route.handle(
                Exchange(
                    body: body, parameter: parameter, query: target.count == 2 ? target[1] : "", bodyByteCountMax: limits.bodyByteCountMax))
        } catch {
            response = HTTPProblem.response(for: error, instance: instance, requestID: requestID)
            if response.status.code == 500 {
                logger.error("request failed", metadata: ["path": "\(instance)", "request_id": "\(requestID)", "error": "\(error)"])
            }
        }
        if body.isLast { response.headers[.connection] = "close" }
        response.headers[.date] = HTTPDate.now()
        response.headers[.requestID] = requestID
        response.headers[.xContentTypeOptions] = "nosniff"
        metrics.record(route: template, status: response.status.code, duration: started.duration(to: .now))
        try await writer.write(response: response.head, body: response.body)
        guard try await body.drain(upTo: limits.refusedBodyByteCountMax) else {
            throw PachError(.tooLarge, "the client goes on sending a body that was refused")
        }
    }
}
