import CLibgit2
public import Model

/// The full name of a Git ref: `refs/heads/master`.
public struct RefName: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let description: String

    /// - Throws: `invalidArgument` where git-check-ref-format(1) refuses the name, or it is not below `refs/`.
    public init(_ text: String) throws(PachError) {
        try Libgit2.start()
        var isValid: Int32 = 0
        let status = git_reference_name_is_valid(&isValid, text)
        guard status == 0, isValid == 1, text.utf8.starts(with: "refs/".utf8), !text.utf8.contains(0) else {
            throw PachError(.invalidArgument, "\(quoted(text)) is not the name of a ref")
        }
        description = text
    }

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
