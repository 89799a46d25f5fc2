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
        ).map { ProvenanceRow(commit: try self.commit(seq: $0["upstream"]), branch: try BranchName($0["branch"] as String)) }
    }

    /// Commits that are made from this one, directly.
    public func subvenance(of commit: CommitRow) throws -> [CommitRow] {
        try Int64.fetchAll(
            self, sql: "SELECT commit_seq FROM commit_provenance WHERE upstream = ? ORDER BY commit_seq", arguments: [commit.seq]
        ).map { try self.commit(seq: $0) }
    }
}
