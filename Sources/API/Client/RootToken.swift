#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The token of a data root, which opens all that is in it: nobody but its own server is to see it.
public enum RootToken {
    /// Whether the server at an address that a user named gets it: the root's own, or one of this machine, where that may be behind another
    /// port.
    /// - Parameters:
    ///   - address: a URL.
    ///   - own: the URL of the root's server; nil where there is none.
    public static func isMeant(for address: String, own: String?) -> Bool {
        guard let url = URL(string: address), let host = url.host?.lowercased() else { return false }
        let own = own.flatMap { URL(string: $0) }
        let isOwn = url.scheme == own?.scheme && host == own?.host?.lowercased() && url.port == own?.port
        return isOwn || isLoopback(host)
    }

    /// - Parameter host: in small letters; an IPv6 address with or without brackets.
    private static func isLoopback(_ host: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
