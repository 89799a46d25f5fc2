import HTTPTypes
import HummingbirdCore
import Web

/// A method, a path, and what answers it.
struct Route: HTTPRoute {
    typealias Handler = @Sendable (Exchange) async throws -> Response

    let method: HTTPRequest.Method
    let path: PathTemplate
    /// The query parameters that it knows.
    let query: [String]
    /// Whether it heeds `If-Match`; where it does not, the header is refused.
    let knowsIfMatch: Bool
    /// Whether a request with a short body, without parameters and conditions, takes no thread for long, so that the connection's own may
    /// answer it.
    let isBrief: Bool
    let handle: Handler

    init(
        _ method: HTTPRequest.Method, _ path: PathTemplate, query: [String] = [], knowsIfMatch: Bool = false, isBrief: Bool = false,
        _ handle: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.knowsIfMatch = knowsIfMatch
        self.isBrief = isBrief
        self.handle = handle
    }
}
