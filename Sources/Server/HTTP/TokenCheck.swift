import HTTPTypes
import Model
import Web

/// Decides who may use the engine: whoever has the token.
struct TokenCheck: Sendable {
    private let token: [UInt8]

    init(_ token: String) {
        self.token = Array(token.utf8)
    }

    func isPassed(by request: HTTPRequest) -> Bool {
        do {
            try admit(request)
            return true
        } catch {
            return false
        }
    }

    /// - Throws: `unauthenticated` without the right token, with the challenge that goes with it (RFC 6750, section 3).
    func admit(_ request: HTTPRequest) throws(HTTPProblem) {
        let header = request.headerFields[.authorization] ?? ""
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw Self.challenge(
                "the request has no token", "Send the header 'Authorization: Bearer TOKEN'; the token stands in the data root.")
        }
        guard Self.areEqual(Array(parts[1].utf8), token) else {
            throw Self.challenge("the token is not the right one", "The token stands in the data root.")
        }
    }

    private static func challenge(_ message: String, _ hint: String) -> HTTPProblem {
        HTTPProblem(PachError(.unauthenticated, message, hint: hint), headers: [.wwwAuthenticate: "Bearer"])
    }

    /// Takes a time that depends on the lengths alone, so that a token cannot be guessed byte by byte.
    static func areEqual(_ given: [UInt8], _ expected: [UInt8]) -> Bool {
        guard given.count == expected.count else { return false }
        return zip(given, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
