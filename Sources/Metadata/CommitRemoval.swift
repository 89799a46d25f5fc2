public import GRDB
public import Model

// What squashing, dropping and retention do to rows. Who calls them keeps children, heads and refs right (`LedgerTransaction.remove`).

extension Database {
    /// Commits whose parent this is, oldest first.
    public func children(of commit: CommitRow) throws -> [CommitRow] {
        try Int64.fetchAll(self, sql: "SELECT seq FROM commits WHERE parent = ? ORDER BY seq", arguments: [commit.seq])
            .map { try self.commit(seq: $0) }
    }

    /// All that descend from the commits, themselves included, parents before children.
    public func lineage(from commits: [Int64]) throws -> [CommitRow] {
        let starts = commits.map(String.init).joined(separator: ",")
        return try Int64.fetchAll(
            self,
            sql: """
                WITH RECURSIVE line(seq) AS (
                    SELECT seq FROM commits WHERE seq IN (\(starts))
                    UNION SELECT c.seq FROM commits c JOIN line ON c.parent = line.seq)
                SELECT seq FROM line ORDER BY seq
                """
        ).map { try self.commit(seq: $0) }
    }

    /// The commit sets that came after this one, newest first: those with a child of one of its commits, with a commit that is made from
    /// one, and so on.
    public func laterCommitSets(_ id: CommitID) throws -> [CommitID] {
        try String.fetchAll(
            self,
            sql: """
                WITH RECURSIVE later(id) AS (
                    VALUES (:id)
                    UNION SELECT c.id FROM later JOIN commits b ON b.id = later.id JOIN commits c ON c.parent = b.seq
                    UNION SELECT c.id FROM later JOIN commits b ON b.id = later.id
                        JOIN commit_provenance p ON p.upstream = b.seq JOIN commits c ON c.seq = p.commit_seq)
                SELECT c.id FROM later JOIN commits c ON c.id = later.id JOIN repo r ON r.key = c.repo
                    -- Records of a job are made at its end, when later sets may have begun.
                    WHERE c.id <> :id AND r.name NOT LIKE '%.meta' GROUP BY c.id ORDER BY max(c.seq) DESC
                """,
            arguments: ["id": id.description]
        ).map { try CommitID(parsing: $0) }
    }

    /// Notes that retention removes a commit: the history begins with its children.
    public func markBoundaries(after commit: CommitRow) throws {
        try execute(sql: "UPDATE commits SET is_boundary = 1 WHERE parent = ?", arguments: [commit.seq])
    }

    public func setParent(of commit: CommitRow, to parent: Int64?) throws {
        try execute(sql: "UPDATE commits SET parent = ? WHERE seq = ?", arguments: [parent, commit.seq])
    }

    /// Gives a finished commit another Git commit: its history was rewritten, its files and facts were not.
    public func setGit(of commit: CommitRow, to git: ObjectID) throws {
        try execute(sql: "UPDATE commits SET git = ? WHERE seq = ?", arguments: [git.blob, commit.seq])
    }

    /// The branches of the repo whose head the commit is.
    public func branches(withHead commit: CommitRow) throws -> [BranchName] {
        try String.fetchAll(
            self, sql: "SELECT name FROM branch WHERE repo = ? AND head = ?", arguments: [commit.repoKey, commit.seq]
        ).map { try BranchName($0) }
    }

    /// Every ref of the repo that has to point at a key of `places` has to point at its value from now on.
    public func moveRefs(in repo: RepoRow, _ places: [ObjectID: ObjectID]) throws {
        for (name, target) in try refs(of: repo) {
            guard let place = places[target] else { continue }
            try run("UPDATE git_ref SET target = ? WHERE repo = ? AND name = ?", [place.blob, repo.key, name])
        }
    }

    /// Removes the commit's row, its provenance and the job that made it.
    public func deleteCommit(_ commit: CommitRow) throws {
        try execute(sql: "DELETE FROM commits WHERE seq = ?", arguments: [commit.seq])
    }
}
