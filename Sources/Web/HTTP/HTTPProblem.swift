package import API
package import HTTPTypes
package import HummingbirdCore
package import Model
import NIOCore

/// An error whose HTTP status says more than its code's own, or that brings headers along.
package struct HTTPProblem: Error {
    package var error: PachError
    package var status: Int?
    package var headers: HTTPFields
    package var filename: String?

    /// - Parameter filename: what a request is called that may have been stored.
    package init(_ error: PachError, status: Int? = nil, headers: HTTPFields = [:], filename: String? = nil) {
        self.error = error
        self.status = status
        self.headers = headers
        self.filename = filename
    }

    /// How anything thrown leaves the server.
    /// - Returns: the answer, and whether the failure belongs in the log.
    package static func response(for thrown: any Error, instance: String?, requestID: String) -> (response: Response, isForLog: Bool) {
        let foreseen = HTTPProblem(foreseen: thrown)
        var problem =
            foreseen.map { Problem($0.error, status: $0.status, instance: instance, requestID: requestID) }
            ?? Problem(unforeseenAt: instance, requestID: requestID)
        problem.filename = foreseen?.filename
        var headers = foreseen?.headers ?? [:]
        headers[.contentType] = Problem.mediaType
        let response = Response(
            status: .init(code: problem.status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: problem.encoded)))
        return (response, isForLog(thrown))
    }

    /// Whether a failure belongs in the log: what passes by itself (503), or is the client's own doing, concerns the client alone.
    package static func isForLog(_ thrown: any Error) -> Bool {
        let status = HTTPProblem(foreseen: thrown).map { $0.status ?? $0.error.code.status } ?? 500
        return status >= 500 && status != 503
    }

    /// Nil for what nobody foresaw.
    private init?(foreseen thrown: any Error) {
        switch thrown {
        case let problem as HTTPProblem:
            self = problem
        case let error as PachError:
            self.init(error, headers: error.code.isTransient ? [.retryAfter: "1"] : [:])
        // Whoever waits is sent away when the server stops; a client that left does not read this.
        case is CancellationError:
            self.init(
                PachError(.stopped, "the request was cut off because the server stops", hint: "Try again once it runs."),
                headers: [.retryAfter: "1"])
        default:
            return nil
        }
    }
}

extension Problem {
    package var encoded: [UInt8] {
        do {
            return try JSON.encode(self)
        } catch {
            // Strings and whole numbers always encode.
            preconditionFailure("a problem document is JSON: \(error)")
        }
    }
}
