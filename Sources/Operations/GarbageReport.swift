public import Model

/// What a collection of garbage did, or in a dry run would do.
public struct GarbageReport: Sendable, Hashable, Codable {
    public struct Repo: Sendable, Hashable, Codable {
        public var repo: RepoName
        public var objectsKept: Int
        public var objectsRemoved: Int
        public var bytesFreed: Int64
        public var packsBefore: Int
        public var packsAfter: Int
        /// Why the repo, or the rest of it, was left as it is.
        public var problem: String?

        enum CodingKeys: String, CodingKey {
            case repo, problem
            case objectsKept = "objects_kept"
            case objectsRemoved = "objects_removed"
            case bytesFreed = "bytes_freed"
            case packsBefore = "packs_before"
            case packsAfter = "packs_after"
        }

        public init(
            repo: RepoName, objectsKept: Int, objectsRemoved: Int, bytesFreed: Int64, packsBefore: Int, packsAfter: Int, problem: String?
        ) {
            self.repo = repo
            self.objectsKept = objectsKept
            self.objectsRemoved = objectsRemoved
            self.bytesFreed = bytesFreed
            self.packsBefore = packsBefore
            self.packsAfter = packsAfter
            self.problem = problem
        }
    }

    public var dryRun: Bool
    public var repos: [Repo]
    /// Commits that the retention of their repos let go.
    public var expired: [CommitLink]

    enum CodingKeys: String, CodingKey {
        case repos, expired
        case dryRun = "dry_run"
    }

    public init(dryRun: Bool, repos: [Repo], expired: [CommitLink]) {
        self.dryRun = dryRun
        self.repos = repos
        self.expired = expired
    }

    public var bytesFreed: Int64 { repos.reduce(0) { $0 + $1.bytesFreed } }

    /// Whether nothing was left undone.
    public var isComplete: Bool { repos.allSatisfy { $0.problem == nil } }
}
