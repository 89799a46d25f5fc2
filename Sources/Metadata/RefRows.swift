internal import Foundation
public import GRDB
public import Model

/// A Git ref whose place on disk is behind the database.
public struct DueRef: Sendable {
    public let repo: Int64
    /// The full name: `refs/heads/master`.
    public let name: String
    /// Nil: the ref has to go.
    public let target: ObjectID?
    /// Where it is; nil where it does not exist.
    public let published: ObjectID?
}

extension Database {
    /// Says where a ref has to point; nil where it has to go. The publisher puts it there.
    public func setRef(_ name: String, in repo: RepoRow, to target: ObjectID?) throws {
        try run(
            """
            INSERT INTO git_ref (repo, name, target) VALUES (?, ?, ?) ON CONFLICT (repo, name) DO UPDATE SET target = excluded.target
            """,
            [repo.key, name, target?.blob ?? .null])
    }

    public func dueRefs() throws -> [DueRef] {
        try Row.fetchAll(cachedStatement(sql: "SELECT repo, name, target, published FROM git_ref WHERE target IS NOT published")).map {
            row in
            DueRef(
                repo: try row.value("repo"), name: try row.value("name"), target: try (row.value("target") as Data?).map(objectID),
                published: try (row.value("published") as Data?).map(objectID))
        }
    }

    /// Takes a ref over as it stands in the repo.
    public func adoptRef(_ name: String, in repo: RepoRow, at target: ObjectID) throws {
        try execute(
            sql: "INSERT OR REPLACE INTO git_ref (repo, name, target, published) VALUES (?, ?, ?, ?)",
            arguments: [repo.key, name, target.blob, target.blob])
    }

    public func markPublished(_ ref: DueRef) throws {
        try notePlace(of: ref.name, in: ref.repo, at: ref.target)
    }

    /// Notes where a ref is on disk; nil where it does not exist. It is due as long as that is not where it has to be.
    public func notePlace(of name: String, in repo: Int64, at place: ObjectID?) throws {
        try run("UPDATE git_ref SET published = ? WHERE repo = ? AND name = ?", [place?.blob ?? .null, repo, name])
        if place == nil {
            try run("DELETE FROM git_ref WHERE repo = ? AND name = ? AND target IS NULL AND published IS NULL", [repo, name])
        }
    }

    /// Where each ref of the repo is on disk, as far as we put it there.
    public func publishedRefs(of repo: RepoRow) throws -> [String: ObjectID] {
        var refs: [String: ObjectID] = [:]
        for row in try Row.fetchAll(
            self, sql: "SELECT name, published FROM git_ref WHERE repo = ? AND published IS NOT NULL", arguments: [repo.key])
        {
            try refs[row.value("name")] = objectID(row.value("published"))
        }
        return refs
    }

    /// Whether a commit of the repo has this Git commit. Reads all of the repo's.
    public func hasCommit(git: ObjectID, in repo: RepoRow) throws -> Bool {
        try Bool.fetchOne(
            self, sql: "SELECT EXISTS (SELECT 1 FROM commits WHERE repo = ? AND git = ?)", arguments: [repo.key, git.blob]) ?? false
    }

    /// Where each ref of the repo has to point.
    public func refs(of repo: RepoRow) throws -> [String: ObjectID] {
        var refs: [String: ObjectID] = [:]
        for row in try Row.fetchAll(
            self, sql: "SELECT name, target FROM git_ref WHERE repo = ? AND target IS NOT NULL", arguments: [repo.key])
        {
            try refs[row.value("name")] = objectID(row.value("target"))
        }
        return refs
    }

    public func ref(_ name: String, in repo: RepoRow) throws -> ObjectID? {
        try Row.fetchOne(self, sql: "SELECT target FROM git_ref WHERE repo = ? AND name = ?", arguments: [repo.key, name])
            .flatMap { try ($0.value("target") as Data?).map(objectID) }
    }
}
