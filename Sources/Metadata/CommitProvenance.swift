public import GRDB
public import Model

/// A commit in another's provenance.
public struct ProvenanceRow: Sendable {
    public let commit: CommitRow
    /// The branch through which it was found.
    public let branch: BranchName

    public init(commit: CommitRow, branch: BranchName) {
        self.commit = commit
        self.branch = branch
    }
}

extension Database {
    public func provenance(of commit: CommitRow) throws -> [ProvenanceRow] {
        try Row.fetchAll(
            cachedStatement(sql: "SELECT upstream, branch FROM commit_provenance WHERE commit_seq = ? ORDER BY upstream"),
            arguments: [commit.seq]
        ).map { try ProvenanceRow(commit: self.commit(seq: $0.value("upstream")), branch: BranchName($0.value("branch") as String)) }
    }

    /// Commits that are made from this one, directly.
    public func subvenance(of commit: CommitRow) throws -> [CommitRow] {
        try Int64.fetchAll(
            self, sql: "SELECT commit_seq FROM commit_provenance WHERE upstream = ? ORDER BY commit_seq", arguments: [commit.seq]
        ).map { try self.commit(seq: $0) }
    }

    /// All commits that this one is made from, by any number of steps, each after those that it is made from itself.
    public func wholeProvenance(of commit: CommitRow) throws -> [CommitLink] {
        let walk = """
            WITH RECURSIVE found(seq, branch) AS (
                SELECT upstream, branch FROM commit_provenance WHERE commit_seq = ?
                UNION
                SELECT p.upstream, p.branch FROM found JOIN commit_provenance p ON p.commit_seq = found.seq)
            SELECT r.name, min(found.branch), c.id
            FROM found JOIN commits c ON c.seq = found.seq JOIN repo r ON r.key = c.repo
            GROUP BY found.seq ORDER BY found.seq
            """
        return try links(walk, from: commit)
    }

    /// All commits that are made from this one, by any number of steps, each after those that it is made from itself.
    public func wholeSubvenance(of commit: CommitRow) throws -> [CommitLink] {
        let walk = """
            WITH RECURSIVE found(seq) AS (
                SELECT commit_seq FROM commit_provenance WHERE upstream = ?
                UNION
                SELECT p.commit_seq FROM found JOIN commit_provenance p ON p.upstream = found.seq)
            SELECT r.name, c.branch, c.id
            FROM found JOIN commits c ON c.seq = found.seq JOIN repo r ON r.key = c.repo
            ORDER BY found.seq
            """
        return try links(walk, from: commit)
    }

    /// - Parameter walk: finds the names of repo and branch, and the id of each commit.
    private func links(_ walk: String, from commit: CommitRow) throws -> [CommitLink] {
        try Row.fetchAll(cachedStatement(sql: walk), arguments: [commit.seq]).map { row in
            CommitLink(
                branch: Branch(repo: try RepoName(row.value(0) as String), name: try BranchName(row.value(1) as String)),
                id: try CommitID(parsing: row.value(2)))
        }
    }
}
