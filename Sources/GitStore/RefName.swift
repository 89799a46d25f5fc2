public import Model

/// The full name of a Git ref: `refs/heads/master`.
public struct RefName: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let description: String

    /// - Throws: `invalidArgument` where git-check-ref-format(1) refuses the name, or it is not below `refs/`.
    public init(_ text: String) throws(PachError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard
            parts.count > 1, parts[0].elementsEqual("refs".utf8), parts.allSatisfy(Self.isPart), text.utf8.last != UInt8(ascii: "."),
            !text.contains(".."), !text.contains("@{")
        else {
            throw PachError(.invalidArgument, "\(quoted(text)) is not the name of a ref")
        }
        description = text
    }

    /// Whether something may stand between two slashes, by what it is made of.
    private static func isPart(_ part: Substring.UTF8View) -> Bool {
        !part.isEmpty && part.first != UInt8(ascii: ".") && !part.reversed().starts(with: ".lock".utf8.reversed())
            && part.allSatisfy { $0 > 0x20 && $0 != 0x7F && !Self.meaningful.contains($0) }
    }

    /// What means something in a revision or pattern.
    private static let meaningful = Set("~^:?*[\\".utf8)

    private init(unchecked text: String) {
        description = text
    }

    /// `refs/heads/…`. A branch's name is always a ref's: the same letters, and fewer.
    public init(_ branch: BranchName) {
        self.init(unchecked: "refs/heads/\(branch)")
    }

    public static func < (left: RefName, right: RefName) -> Bool {
        left.description < right.description
    }
}

/// What a ref must be for a change of it to happen.
public enum RefExpectation: Sendable, Hashable {
    /// Whatever it is now.
    case anything
    /// It does not exist.
    case absent
    /// It points at this object.
    case object(ObjectID)
}
