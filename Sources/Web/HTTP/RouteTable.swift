package import HTTPTypes
import Model

/// One thing that can be asked of a service.
package protocol HTTPRoute: Sendable {
    var method: HTTPRequest.Method { get }
    var path: PathTemplate { get }
}

/// All routes of a service; the first that matches is taken.
package struct RouteTable<Route: HTTPRoute>: Sendable {
    private let routes: [Route]
    /// Of the routes, in the same order: here their type is not known, so that each look at one of them would copy all of it.
    private let forms: [(method: HTTPRequest.Method, path: PathTemplate)]
    private let hint: String

    /// - Parameter hint: where somebody who asks for what is not there reads what is.
    package init(_ routes: [Route], hint: String) {
        self.routes = routes
        forms = routes.map { ($0.method, $0.path) }
        self.hint = hint
    }

    /// - Parameter path: of the request target, still encoded: a slash within a name is `%2F` and does not separate.
    /// - Throws: `notFound` for an unknown path; a problem of status 405 where it knows other methods.
    package func find(_ method: HTTPRequest.Method, _ path: Substring) throws -> (route: Route, parameters: PathParameters) {
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        var allowed: [String] = []
        for (index, form) in forms.enumerated() {
            guard let parameters = form.path.match(segments) else { continue }
            // HEAD is GET without the content.
            if form.method == method || (method == .head && form.method == .get) { return (routes[index], parameters) }
            allowed.append(form.method.rawValue)
            if form.method == .get { allowed.append(HTTPRequest.Method.head.rawValue) }
        }
        guard allowed.isEmpty else {
            let list = Set(allowed).sorted().joined(separator: ", ")
            throw HTTPProblem(
                PachError(.notSupported, "\(method.rawValue) is not possible here", hint: "Possible: \(list)."), status: 405,
                headers: [.allow: list])
        }
        throw PachError(.notFound, "there is nothing at \(quoted(String(path)))", hint: hint)
    }
}
