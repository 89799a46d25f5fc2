public import Model

/// What a backup or a restoration copied. All that is new was read again and compared with its checksums.
public struct BackupReport: Sendable, Hashable, Codable {
    /// A repo that is damaged in the data root, and so is not whole in the backup.
    public struct Problem: Sendable, Hashable, Codable {
        public var repo: RepoName
        public var problem: String

        public init(repo: RepoName, problem: String) {
            self.repo = repo
            self.problem = problem
        }
    }

    public var repos: Int
    public var packsCopied: Int
    /// Packs that were there from an earlier time.
    public var packsPresent: Int
    public var bytesCopied: Int64
    /// All other repos are whole.
    public var problems: [Problem]

    enum CodingKeys: String, CodingKey {
        case repos, problems
        case packsCopied = "packs_copied"
        case packsPresent = "packs_present"
        case bytesCopied = "bytes_copied"
    }

    public init(repos: Int, packsCopied: Int, packsPresent: Int, bytesCopied: Int64, problems: [Problem] = []) {
        self.repos = repos
        self.packsCopied = packsCopied
        self.packsPresent = packsPresent
        self.bytesCopied = bytesCopied
        self.problems = problems
    }
}
