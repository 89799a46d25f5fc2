/// Why a text is not a pattern, and where.
public struct GlobError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable {
        /// It can never be a pattern.
        case malformed
        /// It is a pattern of Pachyderm that is not built.
        case notSupported
    }

    public let reason: Reason
    /// One sentence, without the position.
    public let message: String
    /// How many characters (Unicode scalars) of the pattern precede the mistake.
    public let offset: Int

    public var description: String { "\(message), at character \(offset + 1)" }
}
