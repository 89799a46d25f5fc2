internal import Foundation
public import GRDB
public import Model

// Git commits that a rebuild could not read. What they lead to no name leads to, though it may be whole.

extension Database {
    public func lostCommits(of repo: RepoRow) throws -> [ObjectID] {
        try Data.fetchAll(self, sql: "SELECT git FROM lost_commit WHERE repo = ? ORDER BY git", arguments: [repo.key]).map(objectID)
    }

    public func noteLostCommit(_ git: ObjectID, in repo: RepoRow) throws {
        try execute(sql: "INSERT OR IGNORE INTO lost_commit (repo, git) VALUES (?, ?)", arguments: [repo.key, git.blob])
    }
}

extension MetadataStore {
    /// Those that a database knows which nobody has open, and which may be of an older version or damaged elsewhere. Blocks.
    public static func lostCommits(at path: String) throws(PachError) -> [RepoName: [ObjectID]] {
        try readClosed(path) { database in
            guard try database.tableExists("lost_commit") else { return [:] }
            let lost = try database.repos().map { ($0.name, try database.lostCommits(of: $0)) }
            return Dictionary(uniqueKeysWithValues: lost.filter { !$0.1.isEmpty })
        }
    }
}
