package import HTTPTypes
package import Model
import NIOCore

/// Decides who is let in by the name that the service was asked under, and by the page that asks.
///
/// A web page can make its own name point here (DNS rebinding), and can post to us from its visitor's machine without asking; both tell
/// on themselves by the headers `Host` and `Origin`, which a page cannot change.
package struct HostCheck: Sendable {
    private static let host = HTTPField.Name.constant("Host")

    private let names: Set<String>
    private let knownAs: Set<String>
    private let listensEverywhere: Bool

    /// - Parameter knownAs: further names, each as `name` or `name:port`.
    package init(_ address: ListenAddress, knownAs: [String]) {
        names = ["localhost", "127.0.0.1", "[::1]", address.hostInURL.lowercased()]
        self.knownAs = Set(knownAs.map { $0.lowercased() })
        listensEverywhere = ["0.0.0.0", "::"].contains(address.host)
    }

    /// - Parameter port: the one that the connection came in at.
    /// - Throws: `invalidArgument` without a `Host`, or with several; a problem of status 421 for one that is not ours, of 403 for a foreign `Origin`.
    package func admit(_ request: HTTPRequest, port: Int) throws {
        guard let host = request.authority?.lowercased(), !host.isEmpty else {
            throw PachError(.invalidArgument, "the request has no 'Host' header")
        }
        // RFC 9112, section 3.2. The first has become the request's authority; what stands between us and the client may go by the last.
        guard request.headerFields[Self.host] == nil else {
            throw PachError(.invalidArgument, "the request has more than one 'Host' header")
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
}
