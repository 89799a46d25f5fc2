public import Model

/// What a pack is called: `pack-` and the SHA-1 at its end, as Git names its own.
public struct PackName: Hashable, Sendable, Comparable, CustomStringConvertible {
    private enum Prefix: String, CaseIterable {
        case pack
        /// What `git maintenance` packs of loose objects, which it then removes (git-maintenance(1), "loose-objects").
        case loose
    }

    /// The SHA-1 over all that comes before it in the pack.
    public let checksum: ObjectID
    private let prefix: Prefix

    public init(checksum: ObjectID) {
        self.checksum = checksum
        prefix = .pack
    }

    /// Parses `pack-` or `loose-` and 40 lower-case hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let prefix = Prefix.allCases.first(where: { parts[0].elementsEqual($0.rawValue.utf8) }),
            let checksum = ObjectID(hex: Substring(decoding: parts[1], as: UTF8.self))
        else { return nil }
        self.checksum = checksum
        self.prefix = prefix
    }

    public var description: String { "\(prefix.rawValue)-\(checksum)" }

    public static func < (left: PackName, right: PackName) -> Bool {
        (left.checksum, left.prefix.rawValue) < (right.checksum, right.prefix.rawValue)
    }
}
