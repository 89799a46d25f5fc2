package import Model

/// A problem document (RFC 9457), with our extension members: how every error leaves the server.
package struct Problem: Codable, Sendable, Hashable {
    package static let mediaType = "application/problem+json"
    /// A client reads at most so much of one.
    package static let byteCountMax = 1024 * 1024

    /// One mistake within the request.
    package struct Mistake: Codable, Sendable, Hashable {
        package var file: String?
        package var line: Int?
        package var column: Int?
        package var pointer: String?
        package var detail: String
    }

    /// `/problems/<code>`; stable.
    package var type: String
    /// Constant per type.
    package var title: String
    package var status: Int
    /// This occurrence, in one sentence.
    package var detail: String
    /// The path of the request.
    package var instance: String?
    package var code: String
    package var cause: String?
    package var hint: String?
    package var requestID: String?
    package var errors: [Mistake]?
    /// What `recommend serve` calls a request of which nobody knows whether it was stored.
    package var filename: String?

    package enum CodingKeys: String, CodingKey {
        case type, title, status, detail, instance, code, cause, hint, errors, filename
        case requestID = "request_id"
    }

    /// - Parameter status: where it is to differ from the code's own.
    package init(_ error: PachError, status: Int? = nil, instance: String?, requestID: String?) {
        type = "/problems/\(error.code.rawValue)"
        title = error.code.title
        self.status = status ?? error.code.status
        detail = error.message
        self.instance = instance
        code = error.code.rawValue
        cause = error.cause
        hint = error.hint
        self.requestID = requestID
        errors =
            error.details.isEmpty
            ? nil
            : error.details.map {
                Mistake(file: $0.file, line: $0.line, column: $0.column, pointer: $0.pointer, detail: $0.message)
            }
    }

    /// For what nobody foresaw: the log has the rest.
    package init(unforeseenAt instance: String?, requestID: String) {
        type = "/problems/\(Self.unforeseenCode)"
        title = "Something went wrong inside the server"
        status = 500
        detail = "The request could not be carried out; the server's log has the details under request id \(requestID)"
        self.instance = instance
        code = Self.unforeseenCode
        self.requestID = requestID
    }

    package static let unforeseenCode = "internal"

    /// The error that the document tells of.
    package var error: PachError {
        PachError(
            PachError.Code(rawValue: code) ?? Self.code(forStatus: status), detail, cause: cause, hint: hint,
            details: (errors ?? []).map {
                PachError.Detail(file: $0.file, line: $0.line, column: $0.column, pointer: $0.pointer, message: $0.detail)
            })
    }

    /// The nearest code for an answer that names none we know: from a newer server, a proxy, or an unforeseen failure.
    package static func code(forStatus status: Int) -> PachError.Code {
        switch status {
        case 401, 403: .unauthenticated
        case 404, 410: .notFound
        case 405, 406, 415, 501: .notSupported
        case 408: .timedOut
        case 409: .conflict
        case 412: .preconditionFailed
        case 413, 414, 431: .tooLarge
        case 429: .overloaded
        case 502, 503, 504: .unavailable
        case 507: .outOfSpace
        case 500...: .io
        default: .invalidArgument
        }
    }
}

extension PachError.Code {
    /// The HTTP status that goes with it.
    package var status: Int {
        switch self {
        case .invalidArgument: 400
        case .unauthenticated: 401
        case .notFound: 404
        case .timedOut: 408
        case .alreadyExists, .conflict: 409
        case .preconditionFailed: 412
        case .tooLarge: 413
        // A spec that parses but asks for what is not built is a sound request with a content we cannot process.
        case .invalidSpec, .notSupported: 422
        case .corrupt, .inaccessible, .io: 500
        case .locked, .overloaded, .unavailable, .stopped: 503
        case .outOfSpace: 507
        }
    }

    /// Whether the same request may succeed a moment later.
    package var isTransient: Bool { status == 503 }

    /// The constant title of the problem type.
    package var title: String {
        switch self {
        case .notFound: "Not found"
        case .alreadyExists: "The name is taken"
        case .conflict: "Not possible in the present state"
        case .preconditionFailed: "The stated precondition does not hold"
        case .invalidArgument: "The request is not valid"
        case .invalidSpec: "The pipeline spec has mistakes"
        case .notSupported: "Not supported"
        case .unauthenticated: "A valid token is needed"
        case .locked: "The data root is in use"
        case .overloaded: "A limit was reached"
        case .timedOut: "The request did not come in time"
        case .tooLarge: "The request is too large"
        case .corrupt: "Stored data is damaged"
        case .outOfSpace: "The disk is full"
        case .inaccessible: "A file cannot be used"
        case .io: "The operating system refused an operation"
        case .unavailable: "Cannot be reached"
        case .stopped: "Cut off because the server stops"
        }
    }
}
