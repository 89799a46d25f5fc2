public import GRDB
public import Model

/// A repo as the database has it.
public struct RepoRow: Sendable {
    public let key: Int64
    public let name: RepoName
    public let description: String
    public let created: Timestamp
    public let retention: Retention

    fileprivate static let columns = "SELECT key, name, description, created, keep_commits, keep_nanoseconds FROM repo"

    /// - Parameter row: `columns`, in their order: to look for them by name takes longer than to read them.
    fileprivate init(_ row: Row) throws {
        key = try row.value(0)
        name = try RepoName(row.value(1) as String)
        description = try row.value(2)
        created = try timestamp(row.value(3))
        retention = try Retention(commits: row.value(4), duration: (row.value(5) as Int64?).map(SpecDuration.init(nanoseconds:)))
    }
}

/// A branch as the database has it.
public struct BranchRow: Sendable {
    public let branch: Branch
    /// The `seq` of the commit at its tip.
    public let head: Int64?
}

extension Database {
    public func repo(_ name: RepoName) throws -> RepoRow? {
        try cachedStatement(sql: "\(RepoRow.columns) WHERE name = ?").first([name.description], as: RepoRow.init)
    }

    /// - Throws: `notFound`.
    public func existingRepo(_ name: RepoName) throws -> RepoRow {
        guard let repo = try repo(name) else {
            let others = try String.fetchAll(self, sql: "SELECT name FROM repo ORDER BY name")
            throw PachError(
                .notFound, "repo \(name) not found",
                hint: nearest(to: name.description, among: others).map { "Did you mean \(quoted($0))?" })
        }
        return repo
    }

    /// Newest first.
    public func repos() throws -> [RepoRow] {
        try Row.fetchAll(cachedStatement(sql: "\(RepoRow.columns) ORDER BY created DESC, key DESC")).map(RepoRow.init)
    }

    /// - Parameter key: one that is not taken; nil for any.
    public func insertRepo(_ name: RepoName, key: Int64? = nil, description: String, created: Timestamp) throws -> RepoRow {
        try execute(
            sql: "INSERT INTO repo (key, name, description, created) VALUES (?, ?, ?, ?)",
            arguments: [key, name.description, description, created.microseconds])
        return try existingRepo(name)
    }

    /// The largest key of all repos; 0 where there are none.
    public func largestRepoKey() throws -> Int64 {
        try Int64.fetchOne(self, sql: "SELECT max(key) FROM repo") ?? 0
    }

    public func setDescription(_ description: String, of repo: RepoRow) throws {
        try execute(sql: "UPDATE repo SET description = ? WHERE key = ?", arguments: [description, repo.key])
    }

    public func setRetention(_ retention: Retention, of repo: RepoRow) throws {
        try execute(
            sql: "UPDATE repo SET keep_commits = ?, keep_nanoseconds = ? WHERE key = ?",
            arguments: [retention.commits, retention.duration?.nanoseconds, repo.key])
    }

    /// Removes the repo's rows, and notes that its folder has to go.
    public func deleteRepo(_ repo: RepoRow) throws {
        // Commits first: within one DELETE of the repo SQLite would follow parent links row by row through half-deleted tables.
        try execute(sql: "UPDATE branch SET head = NULL WHERE repo = ?", arguments: [repo.key])
        try execute(sql: "DELETE FROM commits WHERE repo = ?", arguments: [repo.key])
        try execute(sql: "DELETE FROM branch_provenance WHERE repo = ?", arguments: [repo.name.description])
        try execute(sql: "DELETE FROM repo WHERE key = ?", arguments: [repo.key])
        try execute(sql: "INSERT OR IGNORE INTO repo_removal (name) VALUES (?)", arguments: [repo.name.description])
    }

    public func repoRemovals() throws -> [String] {
        try String.fetchAll(self, sql: "SELECT name FROM repo_removal")
    }

    public func finishRepoRemoval(_ name: String) throws {
        try execute(sql: "DELETE FROM repo_removal WHERE name = ?", arguments: [name])
    }

    // MARK: Branches

    public func branch(_ branch: Branch) throws -> BranchRow? {
        try cachedStatement(
            sql: "SELECT b.head FROM branch b JOIN repo r ON r.key = b.repo WHERE r.name = ? AND b.name = ?"
        ).first([branch.repo.description, branch.name.description]) { BranchRow(branch: branch, head: try $0.value(0)) }
    }

    /// - Throws: `notFound`.
    public func existingBranch(_ name: Branch) throws -> BranchRow {
        _ = try existingRepo(name.repo)
        guard let row = try branch(name) else {
            let others = try String.fetchAll(
                self, sql: "SELECT b.name FROM branch b JOIN repo r ON r.key = b.repo WHERE r.name = ? ORDER BY b.name",
                arguments: [name.repo.description])
            throw PachError(
                .notFound, "branch \(quoted(name.name.description)) not found in repo \(name.repo)",
                hint: others.isEmpty
                    ? "The repo has no branch yet; 'pach put file \(name)' makes one."
                    : nearest(to: name.name.description, among: others).map { "Did you mean \(quoted($0))?" } ?? hintOfShortID(name))
        }
        return row
    }

    /// Git and others take the first digits of an id.
    private func hintOfShortID(_ branch: Branch) -> String? {
        let digits = branch.name.description.utf8
        let isHexadecimal = digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        guard isHexadecimal else { return nil }
        return "An id is given whole, with its 32 digits; 'pach list commit \(branch.repo)' shows them."
    }

    public func branches(of repo: RepoRow) throws -> [BranchRow] {
        try Row.fetchAll(self, sql: "SELECT name, head FROM branch WHERE repo = ? ORDER BY created DESC, name", arguments: [repo.key])
            .map { try BranchRow(branch: Branch(repo: repo.name, name: BranchName($0.value("name") as String)), head: $0.value("head")) }
    }

    /// Creates the branch where it is missing.
    public func setHead(of branch: BranchName, in repo: RepoRow, to commit: Int64?, at time: Timestamp) throws {
        try run(
            """
            INSERT INTO branch (repo, name, head, created) VALUES (?, ?, ?, ?)
            ON CONFLICT (repo, name) DO UPDATE SET head = excluded.head
            """,
            [repo.key, branch.description, commit, time.microseconds])
    }

    public func deleteBranch(_ branch: BranchName, in repo: RepoRow) throws {
        try execute(sql: "DELETE FROM branch WHERE repo = ? AND name = ?", arguments: [repo.key, branch.description])
        try setDirectProvenance(of: Branch(repo: repo.name, name: branch), to: [])
    }

    /// Every edge of the DAG, from a branch to the branches that it is made from.
    public func directProvenance() throws -> [Branch: [Branch]] {
        try edges(Row.fetchAll(cachedStatement(sql: "SELECT * FROM branch_provenance")))
    }

    /// That of the branches alone that are made from one of these, directly or not.
    public func directProvenance(below branches: Set<Branch>) throws -> [Branch: [Branch]] {
        let starts = Array(repeating: "(?, ?)", count: branches.count).joined(separator: ", ")
        let sql = """
            WITH RECURSIVE below(repo, branch) AS (
                SELECT repo, branch FROM branch_provenance WHERE (upstream_repo, upstream_branch) IN (VALUES \(starts))
                UNION
                SELECT p.repo, p.branch FROM below JOIN branch_provenance p
                ON p.upstream_repo = below.repo AND p.upstream_branch = below.branch)
            SELECT p.* FROM below JOIN branch_provenance p USING (repo, branch)
            """
        let names = branches.flatMap { [$0.repo.description, $0.name.description] }
        return try edges(Row.fetchAll(cachedStatement(sql: sql), arguments: StatementArguments(names)))
    }

    private func edges(_ rows: [Row]) throws -> [Branch: [Branch]] {
        var edges: [Branch: [Branch]] = [:]
        for row in rows {
            let branch = Branch(repo: try RepoName(row.value("repo") as String), name: try BranchName(row.value("branch") as String))
            let upstream = Branch(
                repo: try RepoName(row.value("upstream_repo") as String), name: try BranchName(row.value("upstream_branch") as String))
            edges[branch, default: []].append(upstream)
        }
        return edges
    }

    /// Whether the branch is made from others.
    public func hasProvenance(_ branch: Branch) throws -> Bool {
        try cachedStatement(sql: "SELECT 1 FROM branch_provenance WHERE repo = ? AND branch = ? LIMIT 1")
            .hasRow([branch.repo.description, branch.name.description])
    }

    /// Whether others are made from the branch.
    public func hasSubvenance(_ branch: Branch) throws -> Bool {
        try cachedStatement(sql: "SELECT 1 FROM branch_provenance WHERE upstream_repo = ? AND upstream_branch = ? LIMIT 1")
            .hasRow([branch.repo.description, branch.name.description])
    }

    public func setDirectProvenance(of branch: Branch, to upstream: Set<Branch>) throws {
        try execute(
            sql: "DELETE FROM branch_provenance WHERE repo = ? AND branch = ?",
            arguments: [branch.repo.description, branch.name.description])
        for other in upstream {
            try execute(
                sql: "INSERT INTO branch_provenance VALUES (?, ?, ?, ?)",
                arguments: [
                    branch.repo.description, branch.name.description, other.repo.description, other.name.description,
                ])
        }
    }
}

extension Database {
    /// Runs a statement that is parsed once for each connection: parsing takes as long as running it.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}

extension Statement {
    /// What `decode` makes of the first row for the given arguments. It gets the row as it stands in SQLite, not a copy: the row ends with it.
    func first<Value>(_ arguments: StatementArguments, as decode: (Row) throws -> Value) throws -> Value? {
        let rows = try Row.fetchCursor(self, arguments: arguments)
        // The cursor's end resets the statement, and with it the row.
        return try withExtendedLifetime(rows) { try rows.next().map(decode) }
    }

    /// Whether there is a row for the given arguments.
    func hasRow(_ arguments: StatementArguments) throws -> Bool {
        try first(arguments) { _ in true } ?? false
    }
}
