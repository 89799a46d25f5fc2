internal import Foundation
public import GRDB
internal import Glibc
public import Model

/// All that is named at one moment, while others read and write. As long as it is open SQLite's log only grows.
public struct MetadataSnapshot: Sendable {
    private let snapshot: DatabaseSnapshot

    init(_ snapshot: DatabaseSnapshot) {
        self.snapshot = snapshot
    }

    /// Blocks.
    public func read<Value>(_ body: (Database) throws -> Value) throws(PachError) -> Value {
        do {
            return try snapshot.read(body)
        } catch {
            throw MetadataStore.translated(error, doing: "read the database")
        }
    }

    /// Writes all of it to a file, not synced, and closes it. Blocks.
    /// - Parameter path: of a file that does not exist.
    public func move(to path: String) throws(PachError) {
        do {
            let copy = try DatabaseQueue(path: path)
            try snapshot.backup(to: copy)
            try copy.close()
            try snapshot.close()
        } catch {
            throw MetadataStore.translated(error, doing: "write the database \(quoted(path))")
        }
    }
}

extension MetadataStore {
    /// Reads a snapshot, which nobody else has open, and makes sure that it is whole. Blocks.
    public static func readSnapshot<Value>(at path: String, _ body: (Database) throws -> Value) throws(PachError) -> Value {
        // Who may only read leaves what SQLite puts beside a database; of a snapshot that holds nothing.
        defer { for suffix in ["-wal", "-shm"] { unlink(path + suffix) } }
        return try readClosed(path) { database in
            let problems = try String.fetchAll(database, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
            guard problems.isEmpty else {
                throw PachError(.corrupt, "the database \(quoted(path)) is damaged", cause: problems.joined(separator: "; "))
            }
            return try body(database)
        }
    }

    /// The repos that a database knows, which nobody has open and which may be damaged elsewhere. Blocks.
    public static func repoNames(at path: String) throws(PachError) -> [RepoName] {
        try readClosed(path) { try $0.repos().map(\.name) }
    }

    /// Reads a database that nobody has open.
    static func readClosed<Value>(_ path: String, _ body: (Database) throws -> Value) throws(PachError) -> Value {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let copy = try DatabaseQueue(path: path, configuration: configuration)
            let value = try copy.read(body)
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
        ).map { try ($0.value("name"), objectID($0.value("published"))) }
    }
}
