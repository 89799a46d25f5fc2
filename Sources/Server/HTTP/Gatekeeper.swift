import HTTPTypes
import Model
import NIOCore
import Web

/// Decides who is let in: by the name the server was asked under, by the page that asks, and by the token.
struct Gatekeeper: Sendable {
    private let token: [UInt8]
    private let names: Set<String>
    private let knownAs: Set<String>
    private let listensEverywhere: Bool

    init(_ configuration: ServerConfiguration) {
        token = Array(configuration.token.utf8)
        names = ["localhost", "127.0.0.1", "[::1]", Self.inAuthority(configuration.host)]
        knownAs = Set(configuration.knownAs.map { $0.lowercased() })
        listensEverywhere = ["0.0.0.0", "::"].contains(configuration.host)
    }

    /// - Parameter port: the one that the connection came in at.
    /// - Throws: a problem of status 421 for a `Host` that is not ours, of 403 for a foreign `Origin`.
    func admit(_ request: HTTPRequest, port: Int) throws {
        guard let host = request.authority?.lowercased(), !host.isEmpty else {
            throw PachError(.invalidArgument, "the request has no 'Host' header")
        }
        guard isOurs(host, port: port) else {
            throw HTTPProblem(
                PachError(
                    .invalidArgument, "this server does not go by the name \(quoted(host))",
                    hint: "Use the address that it listens on, or start it with --known-as NAME."),
                status: 421)
        }
        let origins = request.headerFields[values: .origin]
        guard origins.allSatisfy({ ["http://\(host)", "https://\(host)"].contains($0.lowercased()) }) else {
            throw HTTPProblem(
                PachError(.unauthenticated, "pages of \(quoted(origins.joined(separator: ", "))) may not use this server"), status: 403)
        }
    }

    func hasToken(_ request: HTTPRequest) -> Bool {
        do {
            try checkToken(request)
            return true
        } catch {
            return false
        }
    }

    /// - Throws: `unauthenticated` without the right token.
    func checkToken(_ request: HTTPRequest) throws(PachError) {
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

    private func isOurs(_ host: String, port: Int) -> Bool {
        let (name, hostPort) = Self.split(host)
        if knownAs.contains(host) || knownAs.contains(name) { return true }
        // Without a port HTTP's own is meant.
        guard (hostPort ?? "80") == String(port) else { return false }
        // A web page can make its own name point here, but not an IP address.
        return names.contains(name) || (listensEverywhere && Self.isIPAddress(name))
    }

    private static func split(_ host: String) -> (name: String, port: String?) {
        guard let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") else { return (host, nil) }
        return (String(host[..<colon]), String(host[host.index(after: colon)...]))
    }

    private static func isIPAddress(_ name: String) -> Bool {
        let bare = name.hasPrefix("[") && name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : name
        do {
            _ = try SocketAddress(ipAddress: bare, port: 0)
            return true
        } catch {
            return false
        }
    }

    /// IPv6 addresses stand in brackets.
    private static func inAuthority(_ host: String) -> String {
        host.contains(":") && !host.hasPrefix("[") ? "[\(host.lowercased())]" : host.lowercased()
    }

    /// Takes a time that depends on the lengths alone, so that a token cannot be guessed byte by byte.
    static func areEqual(_ given: [UInt8], _ expected: [UInt8]) -> Bool {
        guard given.count == expected.count else { return false }
        return zip(given, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
