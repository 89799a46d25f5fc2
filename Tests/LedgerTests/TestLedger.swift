import Metadata
import Model
import Storage
import TestSupport
import Testing

@testable import Ledger

/// A ledger in a folder of its own, and what tests do with it.
enum TestLedger {
    /// A ledger with one repo.
    static func with(_ body: (Ledger, DataRoot, RepoName) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let root = DataRoot(path: folder)
            try root.create()
            let name = try RepoName("ratings")
            let ledger = try Ledger(root: root)
            try await createRepo(name, ledger)
            try await body(ledger, root, name)
        }
    }

    /// A ledger with two repos of a commit each, and a folder with a backup of it.
    static func withBackup(_ body: (_ ledger: Ledger, _ repos: [RepoName], _ backup: DataRoot) async throws -> Void) async throws {
        try await with { ledger, _, first in
            let second = try RepoName("second")
            try await createRepo(second, ledger)
            for repo in [first, second] { try await put("hello", at: "/a", in: repo, ledger) }
            try await withTemporaryFolder { folder in
                _ = try await ledger.backUp(to: folder, links: false, verifiesAll: false)
                try await body(ledger, [first, second], DataRoot(path: folder))
            }
        }
    }

    static func createRepo(_ name: RepoName, _ ledger: Ledger) async throws {
        try await ledger.prepareRepo(name)
        try await ledger.write { transaction in _ = try transaction.createRepo(name, description: "") }
    }

    /// Commits one small file.
    @discardableResult
    static func put(_ text: String, at path: String, in repo: RepoName, _ ledger: Ledger) async throws -> CommitID {
        try await put(Array(text.utf8), at: path, in: repo, ledger)
    }

    @discardableResult
    static func put(_ bytes: [UInt8], at path: String, in repo: RepoName, _ ledger: Ledger) async throws -> CommitID {
        try await ledger.write { transaction in try put(bytes, at: path, in: repo, transaction) }
    }

    static func put(_ bytes: [UInt8], at path: String, in repo: RepoName, _ transaction: LedgerTransaction) throws -> CommitID {
        let branch = Branch(repo: repo)
        let base = try transaction.database.head(of: branch)
        let edit = try transaction.edit(try transaction.database.existingRepo(repo)) { store in
            let editor = TreeEditor()
            try editor.put(try FileIngest.store(bytes, to: store), at: try FilePath(path))
            let root = try base?.tree ?? StorageFormat.writeEmptyRoot(to: store)
            return try editor.apply(to: root, reader: store, writer: store)
        }
        return try transaction.makeCommit(
            .random(), on: branch, origin: .user, description: "", tree: edit.root, size: (base?.size ?? 0) + Int64(edit.delta.bytes)
        ).id
    }

    static func read(_ path: String, in repo: RepoName, _ ledger: Ledger) async throws -> String {
        let head = try await ledger.read { try $0.head(of: Branch(repo: repo)) }
        let objects = try ledger.store(repo).objects
        let file = try TreeReader(objects).file(at: try FilePath(path), in: try #require(head).tree)
        return String(decoding: try FileReader(objects).bytes(file), as: UTF8.self)
    }
}

extension Ledger {
    /// - Throws: why a repo could not be published, once that was done for all others.
    func publish() async throws {
        if let failure = try await publishRepos().min(by: { $0.key < $1.key })?.value { throw failure }
    }
}
