import HTTPTypes
import Model
import NIOCore
import Web

/// Decides who is let in, since there is no token: not the pages of other origins, and nobody who knows us by a name that is not ours.
///
/// A web page can make its own name point here (DNS rebinding), and can post to us from its visitor's machine without asking; both tell
/// on themselves by the headers `Host` and `Origin`, which a page cannot change.
struct Doorkeeper: Sendable {
    private let names: Set<String>
    private let knownAs: Set<String>
    private let listensEverywhere: Bool

    init(host: String, knownAs: [String]) {
        let host = host.lowercased()
        names = ["localhost", "127.0.0.1", "[::1]", host.contains(":") ? "[\(host)]" : host]
        self.knownAs = Set(knownAs.map { $0.lowercased() })
        listensEverywhere = ["0.0.0.0", "::"].contains(host)
    }

    /// - Parameter port: the one that the connection came in at.
    /// - Throws: a problem of status 421 for a `Host` that is not ours, of 403 for a foreign `Origin`.
    func admit(_ request: HTTPRequest, port: Int) throws {
        guard let host = request.authority?.lowercased(), !host.isEmpty else {
            throw PachError(.invalidArgument, "the request has no 'Host' header")
        }
        guard isOurs(host, port: port) else {
            throw HTTPProblem(
                error: PachError(
                    .invalidArgument, "this front does not go by the name \(quoted(host))",
                    hint: "Use the address that it listens on, or start it with --known-as NAME."),
                status: 421)
        }
        let origins = request.headerFields[values: .origin]
        guard origins.allSatisfy({ ["http://\(host)", "https://\(host)"].contains($0.lowercased()) }) else {
            throw HTTPProblem(
                error: PachError(.unauthenticated, "pages of \(quoted(origins.joined(separator: ", "))) may not use this front"),
                status: 403)
        }
    }

    private func isOurs(_ host: String, port: Int) -> Bool {
        let colon = host.lastIndex(of: ":").flatMap { host[$0...].contains("]") ? nil : $0 }
        let name = String(host[..<(colon ?? host.endIndex)])
        if knownAs.contains(host) || knownAs.contains(name) { return true }
        // Without a port HTTP's own is meant.
        let hostPort = colon.map { String(host[host.index(after: $0)...]) } ?? "80"
        guard hostPort == String(port) else { return false }
        // No page can make an IP address its name.
        return names.contains(name) || (listensEverywhere && Self.isIPAddress(name))
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
