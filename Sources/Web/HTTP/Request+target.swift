import HTTPTypes
package import HummingbirdCore
package import Model

extension Request {
    /// Longer paths are cut.
    private static let instanceByteCountMax = 1024

    /// The path, as problem documents and the log show it.
    package var instance: String {
        String(decoding: (head.path ?? "").utf8.prefix { $0 != UInt8(ascii: "?") }.prefix(Self.instanceByteCountMax), as: UTF8.self)
    }

    /// - Throws: `invalidArgument` for a target that is not a path, such as a proxy's.
    package func target() throws(PachError) -> (path: Substring, query: Substring) {
        let target = head.path ?? ""
        guard target.hasPrefix("/") else {
            throw PachError(.invalidArgument, "the request's target is not a path", hint: "This is no proxy.")
        }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return (parts[0], parts.count == 2 ? parts[1] : "")
    }
}
