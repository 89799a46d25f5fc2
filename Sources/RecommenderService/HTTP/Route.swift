import HTTPTypes
import HummingbirdCore
import Web

/// A method, a path, and what answers it.
struct Route: HTTPRoute {
    let method: HTTPRequest.Method
    let path: PathTemplate
    /// The query parameters that it knows.
    let query: [String]
    let handle: @Sendable (Exchange) async throws -> Response

    init(
        _ method: HTTPRequest.Method, _ path: PathTemplate, query: [String] = [],
        _ handle: @escaping @Sendable (Exchange) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.handle = handle
    }
}
