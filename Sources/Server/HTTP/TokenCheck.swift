import HTTPTypes
import Model

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

    /// - Throws: `unauthenticated` without the right token.
    func admit(_ request: HTTPRequest) throws(PachError) {
        let header = request.headerFields[.authorization] ?? ""
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw PachError(
                .unauthenticated, "the request has no token",
                hint: "Send the header 'Authorization: Bearer TOKEN'; the token stands in the data root.")
        }
        guard Self.areEqual(Array(parts[1].utf8), token) else {
            throw PachError(.unauthenticated, "the token is not the right one", hint: "The token stands in the data root.")
        }
    }

    /// Takes a time that depends on the lengths alone, so that a token cannot be guessed byte by byte.
    static func areEqual(_ given: [UInt8], _ expected: [UInt8]) -> Bool {
        guard given.count == expected.count else { return false }
        return zip(given, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
