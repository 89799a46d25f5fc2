// What the engine tells of its things. The JSON field names are Pachyderm's (its protos with original names), so that scripts written
// for `pachctl --raw` read them.

public struct RepoInfo: Sendable, Hashable, Codable {
    public struct Details: Sendable, Hashable, Codable {
        /// Bytes of all files at the head of `master`.
        public var sizeBytes: Int64
        enum CodingKeys: String, CodingKey { case sizeBytes = "size_bytes" }
        public init(sizeBytes: Int64) { self.sizeBytes = sizeBytes }
    }

    public var repo: RepoName
    public var created: Timestamp
    public var description: String
    public var branches: [Branch]
    /// How long commits are kept; nil for ever.
    public var retention: Retention?
    public var details: Details
    /// Why the repo cannot be read, or stock Git does not see its newest commits; nil where all is well, as far as is known.
    public var problem: String?

    public init(
        repo: RepoName, created: Timestamp, description: String, branches: [Branch], retention: Retention? = nil, details: Details,
        problem: String? = nil
    ) {
        self.problem = problem
        self.retention = retention
        self.repo = repo
        self.created = created
        self.description = description
        self.branches = branches
        self.details = details
    }
}

public struct BranchInfo: Sendable, Hashable, Codable {
    public var branch: Branch
    /// The commit at the tip; none while the branch has no commit.
    public var head: CommitLink?
    public var provenance: [Branch]
    public var directProvenance: [Branch]
    public var subvenance: [Branch]

    enum CodingKeys: String, CodingKey {
        case branch, head, provenance, subvenance
        case directProvenance = "direct_provenance"
    }

    public init(branch: Branch, head: CommitLink?, provenance: [Branch], directProvenance: [Branch], subvenance: [Branch]) {
        self.branch = branch
        self.head = head
        self.provenance = provenance
        self.directProvenance = directProvenance
        self.subvenance = subvenance
    }
}

/// A commit as Pachyderm's JSON names it: `{"branch": {"repo": …, "name": "master"}, "id": "…"}`.
public struct CommitLink: Sendable, Hashable, Codable, CustomStringConvertible {
    public var branch: Branch
    public var id: CommitID

    public init(branch: Branch, id: CommitID) {
        self.branch = branch
        self.id = id
    }

    public var commit: Commit { Commit(repo: branch.repo, id: id) }
    public var description: String { "\(branch.repo)@\(id)" }
}

public enum CommitOrigin: String, Sendable, Hashable, Codable, CaseIterable {
    /// Made by a user.
    case user = "USER"
    /// Made by propagation: the output of a job.
    case auto = "AUTO"

    /// The word used in options: `user`.
    public var word: String { rawValue.lowercased() }
}

public enum CommitState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Open; an output commit whose inputs are not all finished stays here.
    case started = "STARTED"
    /// Open, and all commits in its provenance are finished.
    case ready = "READY"
    case finished = "FINISHED"
}

public struct CommitInfo: Sendable, Hashable, Codable {
    public struct Origin: Sendable, Hashable, Codable {
        public var kind: CommitOrigin
        public init(kind: CommitOrigin) { self.kind = kind }
    }

    public struct Details: Sendable, Hashable, Codable {
        public var sizeBytes: Int64
        enum CodingKeys: String, CodingKey { case sizeBytes = "size_bytes" }
        public init(sizeBytes: Int64) { self.sizeBytes = sizeBytes }
    }

    public var commit: CommitLink
    public var origin: Origin
    public var state: CommitState
    public var description: String
    public var parentCommit: CommitLink?
    public var started: Timestamp
    public var finished: Timestamp?
    /// Why the commit counts for nothing: its job failed or was killed.
    public var error: String?
    public var directProvenance: [CommitLink]
    /// All that it is made from, by any number of steps, each after its own; nil unless it was asked for.
    public var provenance: [CommitLink]?
    /// All that is made from it, in the same order; nil unless it was asked for.
    public var subvenance: [CommitLink]?
    public var details: Details
    /// The id of the Git commit; none while open.
    public var gitCommit: ObjectID?
    /// The id of the Git tree that holds the files.
    public var tree: ObjectID

    enum CodingKeys: String, CodingKey {
        case commit, origin, state, description, started, finished, error, provenance, subvenance, details, tree
        case parentCommit = "parent_commit"
        case directProvenance = "direct_provenance"
        case gitCommit = "git_commit"
    }

    public init(
        commit: CommitLink, origin: CommitOrigin, state: CommitState, description: String, parentCommit: CommitLink?, started: Timestamp,
        finished: Timestamp?, error: String?, directProvenance: [CommitLink], sizeBytes: Int64, gitCommit: ObjectID?, tree: ObjectID
    ) {
        self.commit = commit
        self.origin = Origin(kind: origin)
        self.state = state
        self.description = description
        self.parentCommit = parentCommit
        self.started = started
        self.finished = finished
        self.error = error
        self.directProvenance = directProvenance
        self.details = Details(sizeBytes: sizeBytes)
        self.gitCommit = gitCommit
        self.tree = tree
    }
}

/// All commits that share an id.
public struct CommitSetInfo: Sendable, Hashable, Codable {
    public struct ID: Sendable, Hashable, Codable {
        public var id: CommitID
        public init(id: CommitID) { self.id = id }
    }

    public var commitSet: ID
    /// In the order in which the commits were made.
    public var commits: [CommitInfo]

    enum CodingKeys: String, CodingKey {
        case commitSet = "commit_set"
        case commits
    }

    public init(id: CommitID, commits: [CommitInfo]) {
        commitSet = ID(id: id)
        self.commits = commits
    }
}

public enum FileKind: String, Sendable, Hashable, Codable {
    case file = "FILE"
    case folder = "DIR"
}

public struct FileInfo: Sendable, Hashable, Codable {
    public struct Link: Sendable, Hashable, Codable {
        public var commit: CommitLink
        public var path: FilePath
        public init(commit: CommitLink, path: FilePath) {
            self.commit = commit
            self.path = path
        }
    }

    public var file: Link
    public var fileType: FileKind
    /// When the commit that holds it was finished.
    public var committed: Timestamp?
    /// Bytes of the file, or of all files below the folder.
    public var sizeBytes: Int64
    /// The id of its content: equal content has an equal id (invariant 9).
    public var hash: ObjectID

    enum CodingKeys: String, CodingKey {
        case file, committed, hash
        case fileType = "file_type"
        case sizeBytes = "size_bytes"
    }

    public init(file: Link, fileType: FileKind, committed: Timestamp?, sizeBytes: Int64, hash: ObjectID) {
        self.file = file
        self.fileType = fileType
        self.committed = committed
        self.sizeBytes = sizeBytes
        self.hash = hash
    }
}

/// One row of a diff: a path that is only in the new commit, only in the old one, or in both with other content.
public struct FileDifference: Sendable, Hashable, Codable {
    public var newFile: FileInfo?
    public var oldFile: FileInfo?

    enum CodingKeys: String, CodingKey {
        case newFile = "new_file"
        case oldFile = "old_file"
    }

    public init(newFile: FileInfo?, oldFile: FileInfo?) {
        self.newFile = newFile
        self.oldFile = oldFile
    }
}
