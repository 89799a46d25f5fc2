internal import Foundation
public import GRDB
public import Model

/// A commit as the database has it.
public struct CommitRow: Sendable {
    /// Grows with time over all repos.
    public let seq: Int64
    public let repoKey: Int64
    public let repo: RepoName
    public let id: CommitID
    public let branch: BranchName
    public let parent: Int64?
    public let origin: CommitOrigin
    public let description: String
    public let started: Timestamp
    public fileprivate(set) var finished: Timestamp?
    /// Why it counts for nothing, if so. An open one has it where nothing came of it, and one before it is open.
    public fileprivate(set) var error: String?
    /// The tree that holds its files; of an open commit, what was written so far.
    public let tree: ObjectID
    /// Bytes of all its files.
    public let size: Int64
    /// The Git commit, once finished.
    public fileprivate(set) var git: ObjectID?

    public var isFinished: Bool { finished != nil }
    public var link: CommitLink { CommitLink(branch: Branch(repo: repo, name: branch), id: id) }

    /// - Parameter row: `commitColumns`, in their order: to look for them by name takes longer than to read them.
    fileprivate init(_ row: Row) throws {
        seq = try row.value(0)
        repoKey = try row.value(1)
        repo = try RepoName(row.value(2) as String)
        id = try CommitID(parsing: row.value(3))
        branch = try BranchName(row.value(4) as String)
        parent = try row.value(5)
        guard let origin = try CommitOrigin(rawValue: row.value(6)) else {
            throw PachError(.corrupt, "commit \(repo)@\(id) has an unknown origin in the database")
        }
        self.origin = origin
        description = try row.value(7)
        started = try timestamp(row.value(8))
        finished = try (row.value(9) as Int64?).map(timestamp)
        error = try row.value(10)
        tree = try objectID(row.value(11))
        size = try amount(row.value(12))
        git = try (row.value(13) as Data?).map(objectID)
    }

    fileprivate init(_ new: NewCommit, seq: Int64, in repo: RepoRow) {
        self.seq = seq
        repoKey = repo.key
        self.repo = repo.name
        id = new.id
        branch = new.branch
        parent = new.parent
        origin = new.origin
        description = new.description
        started = new.started
        finished = new.end?.time
        error = new.end?.error
        tree = new.tree
        size = new.size
        git = new.end?.git
    }
}

/// How a commit was finished.
public struct CommitEnd: Sendable {
    public var time: Timestamp
    /// Why the commit counts for nothing, if so.
    public var error: String?
    /// The Git commit.
    public var git: ObjectID

    public init(time: Timestamp, error: String?, git: ObjectID) {
        self.time = time
        self.error = error
        self.git = git
    }
}

/// A commit about to be made.
public struct NewCommit: Sendable {
    public var id: CommitID
    public var branch: BranchName
    public var parent: Int64?
    public var origin: CommitOrigin
    public var description: String
    public var started: Timestamp
    public var tree: ObjectID
    public var size: Int64
    /// The commits that it is made from, each with the branch through which it was found.
    public var provenance: [(seq: Int64, branch: BranchName)]
    /// Nil: it is open.
    public var end: CommitEnd?

    public init(
        id: CommitID, branch: BranchName, parent: Int64?, origin: CommitOrigin, description: String, started: Timestamp, tree: ObjectID,
        size: Int64, provenance: [(seq: Int64, branch: BranchName)] = [], end: CommitEnd? = nil
    ) {
        self.id = id
        self.branch = branch
        self.parent = parent
        self.origin = origin
        self.description = description
        self.started = started
        self.tree = tree
        self.size = size
        self.provenance = provenance
        self.end = end
    }
}

private let commitColumns = """
    SELECT c.seq, c.repo, r.name, c.id, c.branch, c.parent, c.origin, c.description, c.started, c.finished, c.error, c.tree, c.size, c.git
    FROM commits c JOIN repo r ON r.key = c.repo
    """

extension Database {
    public func commit(seq: Int64) throws -> CommitRow {
        guard let commit = try cachedStatement(sql: "\(commitColumns) WHERE c.seq = ?").first([seq], as: CommitRow.init) else {
            throw PachError(.corrupt, "commit number \(seq) is named in the database and not in it")
        }
        return commit
    }

    public func hasCommit(seq: Int64) throws -> Bool {
        try cachedStatement(sql: "SELECT 1 FROM commits WHERE seq = ?").hasRow([seq])
    }

    public func commit(_ commit: Commit) throws -> CommitRow? {
        try cachedStatement(sql: "\(commitColumns) WHERE r.name = ? AND c.id = ?")
            .first([commit.repo.description, commit.id.description], as: CommitRow.init)
    }

    public func head(of branch: Branch) throws -> CommitRow? {
        try cachedStatement(sql: "\(commitColumns) JOIN branch b ON b.repo = r.key AND b.head = c.seq WHERE r.name = ? AND b.name = ?")
            .first([branch.repo.description, branch.name.description], as: CommitRow.init)
    }

    /// The commit that `reference` points at.
    /// - Throws: `notFound`, `invalidArgument`.
    public func resolve(_ reference: CommitReference) throws -> CommitRow {
        _ = try existingRepo(reference.repo)
        var current: CommitRow
        switch reference.start {
        case .branch(let name):
            guard let head = try existingBranch(Branch(repo: reference.repo, name: name)).head else {
                throw PachError(.notFound, "branch \(quoted(name.description)) of repo \(reference.repo) has no commit yet")
            }
            current = try commit(seq: head)
        case .commit(let id), .commitOnBranch(let id, _):
            guard let found = try commit(Commit(repo: reference.repo, id: id)) else {
                throw PachError(.notFound, "commit \(reference.repo)@\(id) not found")
            }
            current = found
        }
        for step in reference.steps {
            switch step {
            case .ancestor(let count):
                for _ in 0..<count {
                    guard let parent = current.parent else {
                        throw PachError(.notFound, "commit \(reference) not found: it lies before the first commit \(current.link)")
                    }
                    current = try commit(seq: parent)
                }
            case .fromOldest(let number):
                let line = try ancestors(of: current, limit: nil)
                guard number <= line.count else {
                    throw PachError(.notFound, "commit \(reference) not found: there are only \(line.count) commits")
                }
                current = line[line.count - number]
            }
        }
        return current
    }

    /// The commit and its ancestors, newest first.
    public func ancestors(of start: CommitRow, limit: Int?, stoppingAt stop: Int64? = nil) throws -> [CommitRow] {
        var line: [CommitRow] = []
        var next: CommitRow? = start
        while let current = next, current.seq != stop, line.count < limit ?? .max {
            line.append(current)
            next = try current.parent.map { try commit(seq: $0) }
        }
        return line
    }

    /// Whether `older` is the commit or one of its ancestors. One query, which does not look behind it: children have larger numbers.
    public func isAncestor(_ older: CommitRow, of commit: CommitRow) throws -> Bool {
        let walk = """
            WITH RECURSIVE line(seq, parent) AS (
                SELECT seq, parent FROM commits WHERE seq = ?1
                UNION ALL
                SELECT c.seq, c.parent FROM line JOIN commits c ON c.seq = line.parent WHERE c.seq >= ?2)
            SELECT 1 FROM line WHERE seq = ?2
            """
        return try cachedStatement(sql: walk).hasRow([commit.seq, older.seq])
    }

    /// The numbers of the commit and of every `step`th of its ancestors, as far as they are larger than `seq`, newest first.
    public func line(from start: CommitRow, after seq: Int64, by step: Int) throws -> [Int64] {
        let walk = """
            WITH RECURSIVE line(seq, parent, place) AS (
                SELECT seq, parent, 0 FROM commits WHERE seq = ?1 AND seq > ?2
                UNION ALL
                SELECT c.seq, c.parent, line.place + 1 FROM line JOIN commits c ON c.seq = line.parent WHERE c.seq > ?2)
            SELECT seq FROM line WHERE place % ?3 = 0 ORDER BY seq DESC
            """
        return try Int64.fetchAll(cachedStatement(sql: walk), arguments: [start.seq, seq, step])
    }

    /// The nearest ancestor, itself included, that is finished without an error.
    public func nearestGood(_ seq: Int64?) throws -> CommitRow? {
        try nearestGood(from: seq.map { try commit(seq: $0) })
    }

    /// The same, of a commit that is at hand.
    public func nearestGood(from commit: CommitRow?) throws -> CommitRow? {
        guard let commit, commit.error != nil || !commit.isFinished else { return commit }
        return try nearestAncestor(of: commit, where: "c.finished IS NOT NULL AND c.error IS NULL")
    }

    /// The nearest ancestor, the commit itself included, that is finished, with an error or without.
    public func nearestFinished(from commit: CommitRow?) throws -> CommitRow? {
        guard let commit, !commit.isFinished else { return commit }
        return try nearestAncestor(of: commit, where: "c.finished IS NOT NULL")
    }

    /// One query, since ten thousand may wait or have failed in a row.
    /// - Parameter condition: SQL, of the commit `c`.
    private func nearestAncestor(of commit: CommitRow, where condition: String) throws -> CommitRow? {
        let walk = """
            WITH RECURSIVE line(seq, parent, is_found) AS (
                SELECT seq, parent, 0 FROM commits WHERE seq = ?
                UNION ALL
                SELECT c.seq, c.parent, \(condition)
                FROM line JOIN commits c ON c.seq = line.parent WHERE NOT line.is_found)
            SELECT seq FROM line WHERE is_found
            """
        return try cachedStatement(sql: walk).first([commit.seq]) { try $0.value(0) as Int64 }.map { try self.commit(seq: $0) }
    }

    /// How many commits are open in a row, from this one to its ancestors; at most `limit`, as many as are looked at.
    public func countOpen(from commit: CommitRow?, limit: Int) throws -> Int {
        guard let commit, !commit.isFinished else { return 0 }
        let walk = """
            WITH RECURSIVE line(seq, parent) AS (
                SELECT seq, parent FROM commits WHERE seq = ?1
                UNION ALL
                SELECT c.seq, c.parent FROM line JOIN commits c ON c.seq = line.parent WHERE c.finished IS NULL LIMIT ?2)
            SELECT count(*) FROM line
            """
        return try cachedStatement(sql: walk).first([commit.seq, limit]) { try $0.value(0) as Int } ?? 0
    }

    /// Newest first.
    public func commits(in repo: RepoRow, limit: Int?, origin: CommitOrigin?) throws -> [CommitRow] {
        try Row.fetchAll(
            self, sql: "\(commitColumns) WHERE c.repo = ? AND (?2 IS NULL OR c.origin = ?2) ORDER BY c.seq DESC LIMIT ?3",
            arguments: [repo.key, origin?.rawValue, limit ?? -1]
        ).map(CommitRow.init)
    }

    /// All commits with the id, in the order in which they were made.
    public func commitSet(_ id: CommitID) throws -> [CommitRow] {
        try Row.fetchAll(self, sql: "\(commitColumns) WHERE c.id = ? ORDER BY c.seq", arguments: [id.description]).map(CommitRow.init)
    }

    /// Ids of commit sets, newest first.
    public func commitSetIDs(limit: Int?) throws -> [CommitID] {
        try firstDistinct("SELECT id FROM commits ORDER BY seq DESC", limit: limit).map { try CommitID(parsing: $0) }
    }

    public func insertCommit(_ new: NewCommit, in repo: RepoRow) throws -> CommitRow {
        try run(
            """
            INSERT INTO commits (repo, id, branch, parent, origin, description, started, tree, size, finished, error, git)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                repo.key, new.id.description, new.branch.description, new.parent, new.origin.rawValue, new.description,
                new.started.microseconds, new.tree.blob, new.size, new.end?.time.microseconds, new.end?.error, new.end?.git.blob,
            ])
        let seq = lastInsertedRowID
        for upstream in new.provenance {
            try run(
                "INSERT OR IGNORE INTO commit_provenance VALUES (?, ?, ?)", [seq, upstream.seq, upstream.branch.description])
        }
        return CommitRow(new, seq: seq, in: repo)
    }

    public func setTree(of commit: CommitRow, to tree: ObjectID, size: Int64) throws {
        try run("UPDATE commits SET tree = ?, size = ? WHERE seq = ?", [tree.blob, size, commit.seq])
    }

    public func setDescription(_ description: String, of commit: CommitRow) throws {
        try execute(sql: "UPDATE commits SET description = ? WHERE seq = ?", arguments: [description, commit.seq])
    }

    public func setError(_ error: String, of commit: CommitRow) throws {
        try execute(sql: "UPDATE commits SET error = ? WHERE seq = ?", arguments: [error, commit.seq])
    }

    public func finishCommit(_ commit: CommitRow, _ end: CommitEnd) throws -> CommitRow {
        try run(
            "UPDATE commits SET finished = ?, error = ?, git = ? WHERE seq = ?",
            [end.time.microseconds, end.error, end.git.blob, commit.seq])
        var finished = commit
        finished.finished = end.time
        finished.error = end.error
        finished.git = end.git
        return finished
    }
}
