import HTTPTypes
package import HummingbirdCore

extension Request {
    /// Longer paths are cut.
    private static let instanceByteCountMax = 1024

    /// The path, as problem documents and the log show it.
    package var instance: String {
        String(decoding: (head.path ?? "").utf8.prefix { $0 != UInt8(ascii: "?") }.prefix(Self.instanceByteCountMax), as: UTF8.self)
    }
}
