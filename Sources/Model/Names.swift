/// The name of a repo: `ratings`, or with its kind `train.meta`.
///
/// 1 to 63 of `[a-zA-Z0-9_-]`, as in Pachyderm. Names of kinds other than `user` are written with the kind as suffix.
public struct RepoName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// What a repo is for.
    public enum Kind: String, Sendable, Hashable, CaseIterable, Codable {
        /// Data of users, and outputs of pipelines.
        case user
        /// Per-datum records of a pipeline's jobs.
        case meta
        /// A pipeline's specs and code.
        case spec
    }

    public let base: String
    public let kind: Kind

    /// Parses `name` or `name.kind`.
    public init(_ text: String) throws(PachError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let base = String(Substring(parts[0]))
        var kind = Kind.user
        if parts.count == 2 {
            guard let known = Kind(rawValue: String(Substring(parts[1]))), known != .user else {
                throw Self.invalid(text)
            }
            kind = known
        }
        try self.init(base: base, kind: kind, shown: text)
    }

    public init(base: String, kind: Kind) throws(PachError) {
        try self.init(base: base, kind: kind, shown: base)
    }

    private init(base: String, kind: Kind, shown: String) throws(PachError) {
        guard (1...63).contains(base.utf8.count), base.utf8.allSatisfy(isNameByte) else {
            throw Self.invalid(shown)
        }
        self.base = base
        self.kind = kind
    }

    private static func invalid(_ text: String) -> PachError {
        PachError(
            .invalidArgument, "repo name \(quoted(text)) is not allowed",
            hint: "Use 1 to 63 letters, digits, '_' and '-'; the kinds '.meta' and '.spec' belong to pipelines.")
    }

    private init(unchecked base: String, kind: Kind) {
        self.base = base
        self.kind = kind
    }

    /// The repo of another kind that belongs to the same pipeline.
    public func ofKind(_ kind: Kind) -> RepoName {
        RepoName(unchecked: base, kind: kind)
    }

    public var description: String {
        kind == .user ? base : "\(base).\(kind.rawValue)"
    }

    public static func < (left: RepoName, right: RepoName) -> Bool {
        left.description < right.description
    }
}

/// The name of a branch: 1 to 63 of `[a-zA-Z0-9_-]`, and not 32 hexadecimal digits, which would read as a commit.
public struct BranchName: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let description: String

    /// The branch that is meant where none is named.
    public static let master = BranchName(unchecked: "master")

    private init(unchecked text: String) {
        description = text
    }

    public init(_ text: String) throws(PachError) {
        guard (1...63).contains(text.utf8.count), text.utf8.allSatisfy(isNameByte) else {
            throw PachError(
                .invalidArgument, "branch name \(quoted(text)) is not allowed",
                hint: "Use 1 to 63 letters, digits, '_' and '-'.")
        }
        guard text.utf8.first != UInt8(ascii: "-") else {
            throw PachError(
                .invalidArgument, "branch name \(quoted(text)) is not allowed", hint: "Git does not allow a branch to begin with '-'.")
        }
        guard CommitID(text) == nil else {
            throw PachError(
                .invalidArgument, "branch name \(quoted(text)) is not allowed",
                hint: "32 hexadecimal digits are read as a commit; choose another name.")
        }
        description = text
    }

    public static func < (left: BranchName, right: BranchName) -> Bool {
        left.description < right.description
    }
}

/// The name of a pipeline, which is also the name of its output repo: 1 to 51 of `[a-zA-Z0-9_-]`, first a letter or digit.
public struct PipelineName: Hashable, Sendable, Comparable, CustomStringConvertible {
    public static let lengthMax = 51

    public let description: String

    public init(_ text: String) throws(PachError) {
        guard let first = text.utf8.first else {
            throw PachError(.invalidArgument, "invalid pipeline spec: Pipeline.Name cannot be empty")
        }
        guard isAlphanumeric(first) else {
            throw PachError(.invalidArgument, "pipeline names must start with an alphanumeric character", cause: "found \(quoted(text))")
        }
        let excess = text.utf8.count - Self.lengthMax
        guard excess <= 0 else {
            throw PachError(
                .invalidArgument, "pipeline name \(quoted(text)) is \(excess) characters longer than the \(Self.lengthMax) max")
        }
        guard text.utf8.allSatisfy(isNameByte) else {
            throw PachError(.invalidArgument, "pipeline name \(quoted(text)) is not allowed", hint: "Use letters, digits, '_' and '-'.")
        }
        description = text
    }

    /// The pipeline's repo of `kind`: its outputs, its datum records, its specs.
    public func repo(_ kind: RepoName.Kind = .user) -> RepoName {
        // A pipeline's name is always a repo's name: the same bytes, and shorter.
        guard let repo = try? RepoName(base: description, kind: kind) else {
            preconditionFailure("a pipeline name is a repo name")
        }
        return repo
    }

    public static func < (left: PipelineName, right: PipelineName) -> Bool {
        left.description < right.description
    }
}

func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: false
    }
}

func isNameByte(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
}

/// `text` as it may stand in a sentence: on one line, cut when long, with what could steer a terminal or turn the direction of writing
/// made visible.
/// - Parameter scalarCountMax: how many of its scalars are shown.
public func excerpt(_ text: String, of scalarCountMax: Int = 120) -> String {
    var shown = ""
    for scalar in text.unicodeScalars.prefix(scalarCountMax) {
        shown += scalar.isHarmless ? String(scalar) : scalar.escaped(asASCII: true)
    }
    return text.unicodeScalars.count > scalarCountMax ? shown + "…" : shown
}

/// An excerpt of `text` in single quotes.
public func quoted(_ text: String) -> String { "'\(excerpt(text))'" }

extension Unicode.Scalar {
    fileprivate var isHarmless: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        // Of the format characters many languages need some; these turn the direction (UAX #9).
        case .format: !(0x202A...0x202E).contains(value) && !(0x2066...0x2069).contains(value)
        default: true
        }
    }
}
