internal import Foundation
public import GRDB
public import Model

// What the database names of a repo's objects: where a collection begins.

extension Database {
    /// The objects of commits, finished and open, in order of `seq`.
    public func commitRoots(of repo: RepoRow, after seq: Int64, limit: Int) throws -> [(seq: Int64, git: ObjectID?, tree: ObjectID)] {
        try Row.fetchAll(
            self, sql: "SELECT seq, git, tree FROM commits WHERE repo = ? AND seq > ? ORDER BY seq LIMIT ?",
            arguments: [repo.key, seq, limit]
        ).map { try ($0.value("seq"), ($0.value("git") as Data?).map(objectID), objectID($0.value("tree"))) }
    }

    /// The Git commits whose parents retention removed.
    public func boundaries(of repo: RepoRow) throws -> [ObjectID] {
        try Data.fetchAll(
            self, sql: "SELECT git FROM commits WHERE repo = ? AND is_boundary AND git IS NOT NULL", arguments: [repo.key]
        ).map(objectID)
    }

    /// Where the repo's refs have to point, and where they were last put: one that is due is still at its old place.
    public func namedObjects(of repo: RepoRow) throws -> [ObjectID] {
        try Row.fetchAll(self, sql: "SELECT target, published FROM git_ref WHERE repo = ?", arguments: [repo.key]).flatMap { row in
            try [row.value("target") as Data?, row.value("published") as Data?].compactMap { try $0.map(objectID) }
        }
    }
}
