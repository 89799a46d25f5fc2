import API
import HTTPTypes
import HummingbirdCore
import Model
import Web

/// One thing that can be asked for: a method, a path whose last part may be a parameter, as in `/result/{filename}`, and what answers it.
struct Route: Sendable {
    let method: HTTPRequest.Method
    let template: String
    let handle: @Sendable (Exchange) async throws -> Response

    init(_ method: HTTPRequest.Method, _ template: String, _ handle: @escaping @Sendable (Exchange) async throws -> Response) {
        self.method = method
        self.template = template
        self.handle = handle
    }

    /// The parameter's value, still encoded; empty where the template has none, nil where the path is not this route's.
    func match(_ path: Substring) -> Substring? {
        guard let brace = template.firstIndex(of: "{") else { return path == template ? "" : nil }
        let prefix = template[..<brace]
        guard path.hasPrefix(prefix) else { return nil }
        let value = path.dropFirst(prefix.count)
        return value.isEmpty || value.contains("/") ? nil : value
    }
}

extension [Route] {
    /// - Throws: `notFound` for an unknown path; a problem of status 405 where it knows other methods.
    func find(_ method: HTTPRequest.Method, _ path: Substring) throws -> (route: Route, parameter: String) {
        var allowed: [String] = []
        for route in self {
            guard let value = route.match(path) else { continue }
            // HEAD is GET without the content.
            if route.method == method || (method == .head && route.method == .get) { return (route, try PercentEncoding.decode(value)) }
            allowed.append(route.method.rawValue)
            if route.method == .get { allowed.append(HTTPRequest.Method.head.rawValue) }
        }
        guard allowed.isEmpty else {
            let list = allowed.joined(separator: ", ")
            throw HTTPProblem(
                PachError(.notSupported, "\(method.rawValue) is not possible here", hint: "Possible are \(list)."), status: 405,
                headers: [.allow: list])
        }
        throw PachError(
            .notFound, "there is nothing at \(quoted(String(path)))",
            hint: "There are POST /train, /predict and /result, and GET /result/NAME.")
    }
}
