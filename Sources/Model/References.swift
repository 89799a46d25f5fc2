/// A branch of a repo: `repo@branch`.
public struct Branch: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public var repo: RepoName
    public var name: BranchName

    public init(repo: RepoName, name: BranchName = .master) {
        self.repo = repo
        self.name = name
    }

    /// Parses `repo@branch`.
    public init(_ text: String) throws(PachError) {
        let reference = try CommitReference(text)
        guard case .branch(let name) = reference.start, reference.steps.isEmpty else {
            throw PachError(.invalidArgument, "\(quoted(text)) does not name a branch", hint: "Write repo@branch.")
        }
        self.init(repo: reference.repo, name: name)
    }

    public var description: String { "\(repo)@\(name)" }

    public static func < (left: Branch, right: Branch) -> Bool {
        (left.repo, left.name) < (right.repo, right.name)
    }
}

/// A commit of a repo, by its id: `repo@id`.
public struct Commit: Hashable, Sendable, CustomStringConvertible {
    public var repo: RepoName
    public var id: CommitID

    public init(repo: RepoName, id: CommitID) {
        self.repo = repo
        self.id = id
    }

    public var description: String { "\(repo)@\(id)" }
}

/// How users point at a commit: `repo@branch`, `repo@id`, `repo@branch=id`, each with an ancestry suffix `^`, `^N`, `~N` or `.N`.
public struct CommitReference: Hashable, Sendable, CustomStringConvertible {
    public enum Start: Hashable, Sendable {
        /// The branch's head.
        case branch(BranchName)
        case commit(CommitID)
        /// A commit, and the branch on which it is meant to be.
        case commitOnBranch(CommitID, BranchName)
    }

    public enum Step: Hashable, Sendable {
        /// The N-th ancestor.
        case ancestor(Int)
        /// The N-th commit counted from the oldest, which is 1.
        case fromOldest(Int)
    }

    public var repo: RepoName
    public var start: Start
    public var steps: [Step]

    public init(repo: RepoName, start: Start, steps: [Step] = []) {
        self.repo = repo
        self.start = start
        self.steps = steps
    }

    public init(_ branch: Branch) {
        self.init(repo: branch.repo, start: .branch(branch.name))
    }

    public init(_ commit: Commit) {
        self.init(repo: commit.repo, start: .commit(commit.id))
    }

    /// Parses `repo@ref`, or `repo` alone, which means its branch `master`.
    public init(_ text: String) throws(PachError) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let repo = try RepoName(String(parts[0]))
        try self.init(repo: repo, revision: parts.count == 2 ? String(parts[1]) : "master")
    }

    /// Parses what follows the `@`.
    public init(repo: RepoName, revision text: String) throws(PachError) {
        self.repo = repo
        let nameEnd = text.firstIndex { "^~.".contains($0) } ?? text.endIndex
        let name = text[..<nameEnd]
        guard !name.isEmpty else {
            throw PachError(
                .invalidArgument, "\(quoted("\(repo)@\(text)")) does not name a branch or commit",
                hint: "Write repo@branch or repo@commit-id.")
        }
        if let equals = name.firstIndex(of: "=") {
            guard let id = CommitID(name[name.index(after: equals)...]) else {
                throw PachError(.invalidArgument, "\(quoted(String(name))) does not name a commit", hint: "Write branch=commit-id.")
            }
            start = .commitOnBranch(id, try BranchName(String(name[..<equals])))
        } else if let id = CommitID(name) {
            start = .commit(id)
        } else {
            start = .branch(try BranchName(String(name)))
        }
        steps = try Self.parseSteps(text[nameEnd...])
    }

    /// Parses `repo@ref:path`.
    /// - Returns: the path as it is written, which may be a pattern; nil where there is none.
    public static func withPath(_ text: String) throws(PachError) -> (commit: CommitReference, path: String?) {
        // By bytes: to a string, the colon is one character with a mark that combines with it.
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.count == 2 && !parts[1].isEmpty ? String(Substring(parts[1])) : nil
        return (try CommitReference(String(Substring(parts[0]))), path)
    }

    private static func parseSteps(_ text: Substring) throws(PachError) -> [Step] {
        var steps: [Step] = []
        var rest = text
        while let mark = rest.popFirst() {
            guard mark == text.first || !["^", "~"].contains(mark) || text.first == "." else {
                throw PachError(.invalidArgument, "invalid ancestry syntax \(quoted(String(text))), cannot mix ^ and ~ characters")
            }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let number: Int
            if digits.isEmpty {
                number = 1
            } else if let parsed = Int(digits), parsed <= 1_000_000_000 {
                number = parsed
            } else {
                throw PachError(.invalidArgument, "invalid ancestry syntax \(quoted(String(text))): the number is too large")
            }
            switch mark {
            case "^", "~":
                steps.append(.ancestor(number))
            case "." where !digits.isEmpty && number >= 1:
                steps.append(.fromOldest(number))
            default:
                throw PachError(
                    .invalidArgument, "invalid ancestry syntax \(quoted(String(text)))",
                    hint: "Use ^, ^N, ~N or .N after a branch or commit.")
            }
        }
        return steps
    }

    /// The part after the `@`.
    public var revision: String {
        let base =
            switch start {
            case .branch(let name): name.description
            case .commit(let id): id.description
            case .commitOnBranch(let id, let name): "\(name)=\(id)"
            }
        return steps.reduce(base) { text, step in
            switch step {
            case .ancestor(let count): text + "^\(count)"
            case .fromOldest(let number): text + ".\(number)"
            }
        }
    }

    public var description: String { "\(repo)@\(revision)" }
}

/// A file or folder in a commit: `repo@ref:/path`.
public struct FileReference: Hashable, Sendable, CustomStringConvertible {
    public var commit: CommitReference
    public var path: FilePath

    public init(commit: CommitReference, path: FilePath) {
        self.commit = commit
        self.path = path
    }

    /// Parses `repo@ref:/path`; without a path the root is meant.
    public init(_ text: String) throws(PachError) {
        let parsed = try CommitReference.withPath(text)
        commit = parsed.commit
        path = try FilePath(parsed.path ?? "")
    }

    public var description: String { "\(commit):\(path)" }
}
