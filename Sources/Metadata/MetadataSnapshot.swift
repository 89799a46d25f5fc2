internal import Foundation
public import GRDB
public import Model

extension MetadataStore {
    /// Writes all that is named at one moment to a file, while others read and write. Not synced. Blocks.
    /// - Parameter path: of a file that does not exist.
    public func writeSnapshot(to path: String) throws(PachError) {
        do {
            let copy = try DatabaseQueue(path: path)
            try backUp(to: copy)
            try copy.close()
        } catch {
            throw MetadataStore.translated(error, doing: "write the database \(quoted(path))")
        }
    }

    /// Reads a snapshot, and makes sure that it is whole. Blocks.
    public static func readSnapshot<Value>(at path: String, _ body: (Database) throws -> Value) throws(PachError) -> Value {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let copy = try DatabaseQueue(path: path, configuration: configuration)
            let value = try copy.read { database in
                let problems = try String.fetchAll(database, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
                guard problems.isEmpty else {
                    throw PachError(.corrupt, "the database \(quoted(path)) is damaged", cause: problems.joined(separator: "; "))
                }
                return try body(database)
            }
            try copy.close()
            return value
        } catch {
            throw translated(error, doing: "read the database \(quoted(path))")
        }
    }
}

extension Database {
    /// Where the repo's refs were last put: what they point at is in packs.
    public func publishedRefs(of repo: RepoRow) throws -> [(name: String, target: ObjectID)] {
        try Row.fetchAll(
            self, sql: "SELECT name, published FROM git_ref WHERE repo = ? AND published IS NOT NULL ORDER BY name", arguments: [repo.key]
        ).map { ($0["name"], try objectID($0["published"])) }
    }
}
