import API
import HTTPTypes
import HummingbirdCore
import Model
import Web

/// One thing that can be asked for: a method, a template such as `/v1/repos/{repo}`, and what answers it.
struct Route: Sendable {
    typealias Handler = @Sendable (Exchange) async throws -> Response

    enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter(String)
        /// `{name…}`: all that follows, at least one segment.
        case rest(String)
    }

    let method: HTTPRequest.Method
    let template: String
    let segments: [Segment]
    /// The query parameters that it knows.
    let query: [String]
    /// Whether it heeds `If-Match`; where it does not, the header is refused.
    let knowsIfMatch: Bool
    /// Whether a request with a short body, without parameters and conditions, takes no thread for long, so that the connection's own may
    /// answer it.
    let isBrief: Bool
    let handle: Handler

    init(
        _ method: HTTPRequest.Method, _ template: String, query: [String] = [], knowsIfMatch: Bool = false, isBrief: Bool = false,
        _ handle: @escaping Handler
    ) {
        self.method = method
        self.template = template
        self.query = query
        self.knowsIfMatch = knowsIfMatch
        self.isBrief = isBrief
        self.handle = handle
        segments = template.split(separator: "/").map { part in
            guard part.hasPrefix("{") else { return .literal(String(part)) }
            let name = part.dropFirst().dropLast()
            return name.hasSuffix("…") ? .rest(String(name.dropLast())) : .parameter(String(name))
        }
    }

    /// The parameters' values in `path`, still encoded; nil where it is not this route's.
    func match(_ path: [Substring]) -> [String: [Substring]]? {
        guard matches(path) else { return nil }
        var values: [String: [Substring]] = [:]
        for (index, segment) in segments.enumerated() {
            switch segment {
            case .literal: break
            case .parameter(let name): values[name] = [path[index]]
            case .rest(let name): values[name] = Array(path[index...])
            }
        }
        return values
    }

    private func matches(_ path: [Substring]) -> Bool {
        for (index, segment) in segments.enumerated() {
            guard index < path.count else { return false }
            switch segment {
            case .literal(let text):
                guard path[index] == text else { return false }
            case .parameter:
                guard !path[index].isEmpty else { return false }
            case .rest:
                return true
            }
        }
        return path.count == segments.count
    }
}

/// All routes; the first that matches is taken.
struct RouteTable: Sendable {
    let routes: [Route]

    /// - Parameter path: of the request target, still encoded: a slash within a name is `%2F` and does not separate.
    /// - Throws: `notFound` for an unknown path; a problem of status 405 where it knows other methods.
    func find(_ method: HTTPRequest.Method, _ path: Substring) throws -> (route: Route, parameters: [String: [Substring]]) {
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        var allowed: [String] = []
        for route in routes {
            guard let parameters = route.match(segments) else { continue }
            // HEAD is GET without the content.
            if route.method == method || (method == .head && route.method == .get) { return (route, parameters) }
            allowed.append(route.method.rawValue)
            if route.method == .get { allowed.append(HTTPRequest.Method.head.rawValue) }
        }
        guard allowed.isEmpty else {
            let list = Set(allowed).sorted().joined(separator: ", ")
            throw HTTPProblem(
                PachError(.notSupported, "\(method.rawValue) is not possible here", hint: "Possible are \(list)."), status: 405,
                headers: [.allow: list])
        }
        throw PachError(.notFound, "there is nothing at \(quoted(String(path)))", hint: "/v1/openapi.json describes what there is.")
    }
}
