import Foundation
import GRDB
import GitStore
import Metadata
import Model
import Storage
import TestSupport
import Testing

@testable import Ledger

@Suite("The ledger")
struct LedgerTests {
    @Test("a commit is readable at once, before any pack holds it")
    func readableWhenLanded() async throws {
        try await TestLedger.with { ledger, _, repo in
            try await TestLedger.put("hello", at: "/a", in: repo, ledger)
            #expect(try await TestLedger.read("/a", in: repo, ledger) == "hello")
        }
    }

    @Test("publishing hands everything to stock Git and empties the landing table")
    func publishing() async throws {
        try await TestLedger.with { ledger, root, repo in
            try await TestLedger.put("hello", at: "/a", in: repo, ledger)
            try await ledger.publish()
            #expect(ledger.landed.byteCount == 0)
            #expect(try await ledger.read { try $0.landings().isEmpty })
            #expect(try await TestLedger.read("/a", in: repo, ledger) == "hello")
            let git = try GitProgram(repository: root.repoPath(repo))
            #expect(try git.run("show", "master:a") == "hello")
            #expect(try git.run("fsck", "--strict", "--no-dangling").isEmpty)
        }
    }

    @Test("invariant 3: what was answered is there when the root is opened again without a shutdown")
    func survivesWithoutShutdown() async throws {
        try await withTemporaryFolder { folder in
            let root = DataRoot(path: folder)
            try root.create()
            let repo = try RepoName("ratings")
            // The first ledger is left as a crash would leave it: never closed, perhaps not published.
            func crash() async throws {
                let ledger = try Ledger(root: root)
                try await TestLedger.createRepo(repo, ledger)
                // From some 30 files on a version of the folder lands as a delta.
                for number in 0..<60 { try await TestLedger.put("\(number)", at: "/f\(number)", in: repo, ledger) }
            }
            try await crash()
            let ledger = try Ledger(root: root)
            for number in 0..<60 { #expect(try await TestLedger.read("/f\(number)", in: repo, ledger) == "\(number)") }
            try await ledger.publish()
            #expect(try GitProgram(repository: root.repoPath(repo)).run("fsck", "--strict", "--no-dangling").isEmpty)
        }
    }

    @Test("what an older version left in the landing table is read and published")
    func olderLandingTable() async throws {
        try await TestLedger.with { first, root, repo in
            // Nothing is published while this holds the publisher.
            let landings = try await first.publisher.betweenRounds {
                let done = DispatchSemaphore(value: 0)
                Task {
                    defer { done.signal() }
                    for number in 0..<60 { try await TestLedger.put("\(number)", at: "/f\(number)", in: repo, first) }
                }
                done.wait()
                return try first.metadata.read { try $0.landings() }
            }
            try await first.close()
            // As the database was before its fourth migration.
            let database = try DatabaseQueue(path: root.databasePath)
            try await database.write { database in
                try database.execute(
                    sql: """
                        DROP TABLE landing;
                        DELETE FROM grdb_migrations WHERE identifier = '4';
                        CREATE TABLE landed (
                            repo INTEGER NOT NULL REFERENCES repo(key) ON DELETE CASCADE, id BLOB NOT NULL, kind INTEGER NOT NULL,
                            size INTEGER NOT NULL, data BLOB NOT NULL, base BLOB, delta_size INTEGER, PRIMARY KEY (repo, id))
                        """)
                for landing in landings {
                    for row in landing.objects {
                        try database.execute(
                            sql: "INSERT INTO landed VALUES (?, ?, ?, ?, ?, ?, ?)",
                            arguments: [
                                landing.repo, Data(row.id.bytes), row.kind, row.size, Data(row.data), row.base.map { Data($0.bytes) },
                                row.deltaByteCount,
                            ])
                    }
                }
            }
            try database.close()

            let ledger = try Ledger(root: root)
            let moved = try await ledger.read { try $0.landings() }
            #expect(!moved.isEmpty)
            #expect(Set(moved.flatMap(\.objects)) == Set(landings.flatMap(\.objects)))
            try await ledger.publish()
            #expect(try await ledger.read { try $0.landings().isEmpty })
            #expect(try await TestLedger.read("/f59", in: repo, ledger) == "59")
            try await ledger.close()
        }
    }

    @Test("a repo may be deleted in the transaction in which a file landed there")
    func deletedWhileLanding() async throws {
        try await TestLedger.with { ledger, _, repo in
            try await ledger.write { transaction in
                let row = try transaction.database.existingRepo(repo)
                _ = try transaction.edit(row) { try $0.write(.blob, Array("of no use".utf8)) }
                _ = try transaction.deleteRepo(row)
            }
            #expect(try await ledger.read { try $0.landings().isEmpty })
        }
    }

    @Test("a change that throws is undone, and takes none of those beside it along")
    func isolation() async throws {
        try await TestLedger.with { ledger, _, repo in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        if number.isMultiple(of: 5) {
                            await #expect(throws: PachError.self) {
                                try await ledger.write { transaction in
                                    _ = try transaction.edit(try transaction.database.existingRepo(repo)) {
                                        try $0.write(.blob, Array("lost \(number)".utf8))
                                    }
                                    throw PachError(.conflict, "on purpose")
                                }
                            }
                        } else {
                            try await TestLedger.put("\(number)", at: "/f\(number)", in: repo, ledger)
                        }
                    }
                }
                try await group.waitForAll()
            }
            for number in 0..<50 where !number.isMultiple(of: 5) {
                #expect(try await TestLedger.read("/f\(number)", in: repo, ledger) == "\(number)")
            }
            #expect(try await ledger.read { try $0.commits(in: $0.existingRepo(repo), limit: nil, origin: nil).count } == 40)
        }
    }

    @Test("invariants 2 and 5: a change that fails does not take along the objects that one before it in the transaction brought too")
    func sharedObjects() async throws {
        try await TestLedger.with { ledger, _, repo in
            let content = Array("shared".utf8)
            let uploads = try (0..<2).map { _ in
                let batch = try ledger.store(repo).makeBatch()
                _ = try batch.write(.blob, content)
                return try batch.finish()
            }
            try await ledger.write { transaction in
                let row = try transaction.database.existingRepo(repo)
                let first = try transaction.inSavepoint {
                    try transaction.land(uploads[0], in: row)
                    return try TestLedger.put(content, at: "/first", in: repo, transaction)
                }
                let second = try transaction.inSavepoint {
                    try transaction.land(uploads[1], in: row)
                    throw PachError(.conflict, "on purpose")
                }
                _ = try first.get()
                #expect(throws: PachError.self) { _ = try second.get() }
            }
            #expect(try await TestLedger.read("/first", in: repo, ledger) == "shared")
        }
    }

    @Test("listeners hear of a commit once it is durable")
    func events() async throws {
        try await TestLedger.with { ledger, _, repo in
            let events = ledger.events.listen()
            let id = try await TestLedger.put("hello", at: "/a", in: repo, ledger)
            for await case .commitFinished(let link) in events {
                #expect(link.id == id)
                break
            }
        }
    }

    @Test("a repo whose name was deleted gets no new one under it before its folder is gone")
    func nameOfDeleted() async throws {
        try await TestLedger.with { ledger, root, repo in
            try await TestLedger.put("old", at: "/a", in: repo, ledger)
            try await ledger.publish()
            // As where the one is deleted once the other's folder is found to be there.
            let refusal = await #expect(throws: PachError.self) {
                try await ledger.write { transaction in
                    _ = try transaction.deleteRepo(transaction.database.existingRepo(repo))
                    _ = try transaction.createRepo(repo, description: "")
                }
            }
            #expect(refusal?.code == .locked)
            _ = try await ledger.write { try $0.deleteRepo($0.database.existingRepo(repo)) }
            try await TestLedger.createRepo(repo, ledger)
            #expect(try ledger.store(repo).git.refs(below: "refs/").isEmpty)
        }
    }

    @Test("invariants 2 and 3: what was stored for a repo that is deleted lands nowhere, least of all in a new one of its name")
    func replacedRepo() async throws {
        try await TestLedger.with { ledger, _, repo in
            let old = try await ledger.read { try $0.existingRepo(repo) }
            let batch = try ledger.store(repo).makeBatch()
            _ = try batch.write(.blob, Array("late".utf8))
            let objects = try batch.finish()
            func refusal() async -> PachError? {
                await #expect(throws: PachError.self) { try await ledger.write { try $0.land(objects, in: old) } }
            }
            _ = try await ledger.write { try $0.deleteRepo(old) }
            #expect(await refusal()?.code == .notFound)
            try await TestLedger.createRepo(repo, ledger)
            #expect(await refusal()?.code == .conflict)
            // Who works in the new one goes on to share its store.
            let new = try ledger.store(repo)
            let error = #expect(throws: PachError.self) { try ledger.store(old) }
            #expect(error?.code == .conflict && error?.message.contains("repo ratings was deleted") == true)
            #expect(try ledger.store(repo) === new)
        }
    }

    @Test("what a pipeline writes is refused to users in the words of what they asked for")
    func outputBranch() async throws {
        try await TestLedger.with { ledger, _, repo in
            try await TestLedger.put("hello", at: "/a", in: repo, ledger)
            let (output, other) = (Branch(repo: repo), try Branch(repo: repo, name: BranchName("other")))
            let source = Branch(repo: try RepoName("in"))
            try await ledger.write { transaction in
                for branch in [output, other] { try transaction.database.setDirectProvenance(of: branch, to: [source]) }
            }
            func refusal(_ change: @escaping @Sendable (LedgerTransaction) throws -> Void) async throws -> PachError? {
                await #expect(throws: PachError.self) { try await ledger.write(change) }
            }
            let start = try await refusal { _ = try $0.startCommit(output, parent: nil, description: "") }
            #expect(start?.message == "cannot start a commit on an output branch: ratings@master")
            #expect(start?.hint == "Only the pipeline ratings writes there; put files into one of its inputs.")
            let others = [
                ("create", try await refusal { try $0.moveBranch(other, to: $0.database.head(of: output)) }, other),
                ("move", try await refusal { try $0.moveBranch(output, to: nil) }, output),
                ("delete", try await refusal { try $0.deleteBranch(output, force: false) }, output),
            ]
            for (change, refusal, branch) in others {
                #expect(refusal?.message == "cannot \(change) an output branch: \(branch)")
                #expect(refusal?.hint == "Only the pipeline ratings writes there.")
            }
        }
    }
}
