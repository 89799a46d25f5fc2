public import Model

/// What a repo has of an object, and what keeps it there.
public struct ObjectUse: Sendable, Hashable, Codable {
    /// One thing that keeps the object.
    public struct Keeper: Sendable, Hashable, Codable {
        /// The commit that it belongs to; nil where it is a ref that is no commit of ours.
        public var commit: CommitLink?
        /// The refs that lead there directly.
        public var refs: [String]
        /// Where it is: in a file's content, at a folder; nil where it is the Git commit itself.
        public var path: FilePath?

        public init(commit: CommitLink?, refs: [String], path: FilePath?) {
            self.commit = commit
            self.refs = refs
            self.path = path
        }
    }

    /// Where nothing else is asked for, so many keepers are told of each repo.
    public static let keeperCountDefault = 10

    public var repo: RepoName
    /// Git's word: `blob`, `tree`, `commit` or `tag`.
    public var kind: String
    public var sizeBytes: Int64
    /// The first of those that keep it, commits newest first; none where `pach gc` would remove it.
    public var keepers: [Keeper]
    /// How many commits and other refs keep it in all.
    public var keeperCount: Int

    enum CodingKeys: String, CodingKey {
        case repo, kind, keepers
        case sizeBytes = "size_bytes"
        case keeperCount = "keeper_count"
    }

    public init(repo: RepoName, kind: String, sizeBytes: Int64, keepers: [Keeper], keeperCount: Int) {
        self.repo = repo
        self.kind = kind
        self.sizeBytes = sizeBytes
        self.keepers = keepers
        self.keeperCount = keeperCount
    }
}
