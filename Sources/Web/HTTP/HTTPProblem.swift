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

    package init(_ error: PachError, status: Int? = nil, headers: HTTPFields = [:]) {
        self.error = error
        self.status = status
        self.headers = headers
    }

    /// How anything thrown leaves the server.
    /// - Returns: the answer, and whether the failure belongs in the log.
    package static func response(for thrown: any Error, instance: String?, requestID: String) -> (response: Response, isForLog: Bool) {
        let (problem, headers) = problem(for: thrown, instance: instance, requestID: requestID)
        let response = Response(
            status: .init(code: problem.status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: problem.encoded)))
        return (response, isForLog(thrown))
    }

    /// Whether a failure belongs in the log: what passes by itself (503), or is the client's own doing, concerns the client alone.
    package static func isForLog(_ thrown: any Error) -> Bool {
        let status =
            switch thrown {
            case let error as HTTPProblem: error.status ?? error.error.code.status
            case let error as PachError: error.code.status
            case is CancellationError: PachError.Code.stopped.status
            default: 500
            }
        return status >= 500 && status != 503
    }

    private static func problem(for thrown: any Error, instance: String?, requestID: String) -> (problem: Problem, headers: HTTPFields) {
        let problem: Problem
        var headers: HTTPFields = [:]
        switch thrown {
        case let error as HTTPProblem:
            problem = Problem(error.error, status: error.status, instance: instance, requestID: requestID)
            headers = error.headers
        case let error as PachError:
            problem = Problem(error, instance: instance, requestID: requestID)
            if error.code.isTransient { headers[.retryAfter] = "1" }
        // Whoever waits is sent away when the server stops; a client that left does not read this.
        case is CancellationError:
            let error = PachError(.stopped, "the request was cut off because the server stops", hint: "Try again once it runs.")
            problem = Problem(error, instance: instance, requestID: requestID)
            headers[.retryAfter] = "1"
        default:
            problem = Problem(unforeseenAt: instance, requestID: requestID)
        }
        headers[.contentType] = Problem.mediaType
        return (problem, headers)
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
