public import Model

/// What a pack is called: `pack-` and the SHA-1 at its end, as Git names its own.
public struct PackName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The SHA-1 over all that comes before it in the pack.
    public let checksum: ObjectID

    public init(checksum: ObjectID) {
        self.checksum = checksum
    }

    /// Parses `pack-` and 40 lower-case hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.starts(with: "pack-".utf8), let checksum = ObjectID(hex: text.dropFirst(5)) else { return nil }
        self.checksum = checksum
    }

    public var description: String { "pack-\(checksum)" }

    public static func < (left: PackName, right: PackName) -> Bool {
        left.checksum < right.checksum
    }
}
