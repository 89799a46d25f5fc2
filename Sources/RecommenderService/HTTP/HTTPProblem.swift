import API
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore

/// An error whose HTTP status says more than its code's own, or that brings headers along.
struct HTTPProblem: Error {
    var error: PachError
    var status: Int?
    var headers: HTTPFields = [:]

    /// How anything thrown leaves the front: as a problem document.
    static func response(for thrown: any Error, instance: String, requestID: String) -> Response {
        var headers: HTTPFields = [:]
        let problem: Problem
        switch thrown {
        case let error as HTTPProblem:
            problem = Problem(error.error, status: error.status, instance: instance, requestID: requestID)
            headers = error.headers
        case let error as PachError:
            problem = Problem(error, instance: instance, requestID: requestID)
        case is CancellationError:
            let error = PachError(.stopped, "the request was cut off because the front stops", hint: "Try again once it runs.")
            problem = Problem(error, instance: instance, requestID: requestID)
        default:
            problem = Problem(unforeseenAt: instance, requestID: requestID)
        }
        if problem.status == 503 { headers[.retryAfter] = "1" }
        headers[.contentType] = Problem.mediaType
        let bytes: [UInt8]
        do {
            bytes = try JSON.encode(problem)
        } catch {
            // Strings and whole numbers always encode.
            preconditionFailure("a problem document is JSON: \(error)")
        }
        return Response(status: .init(code: problem.status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
