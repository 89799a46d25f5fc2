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

    /// A ledger with one repo.
    private static func withLedger(_ body: (Ledger, DataRoot, RepoName) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let root = DataRoot(path: folder)
            try root.create()
            let name = try RepoName("ratings")
            let ledger = try Ledger(root: root)
            try await createRepo(name, ledger)
            try await body(ledger, root, name)
        }
    }

    private static func createRepo(_ name: RepoName, _ ledger: Ledger) async throws {
        try await ledger.prepareRepo(name)
        try await ledger.write { transaction in _ = try transaction.createRepo(name, description: "") }
    }

    /// Commits one small file.
    @discardableResult
    private static func put(_ text: String, at path: String, in repo: RepoName, _ ledger: Ledger) async throws -> CommitID {
        try await put(Array(text.utf8), at: path, in: repo, ledger)
    }

    @discardableResult
    private static func put(_ bytes: [UInt8], at path: String, in repo: RepoName, _ ledger: Ledger) async throws -> CommitID {
        try await ledger.write { transaction in
            let branch = Branch(repo: repo)
            let base = try transaction.database.head(of: branch)
            let edit = try transaction.edit(try transaction.database.existingRepo(repo)) { store in
                var ingest = FileIngest(writer: store)
                try ingest.write(bytes)
                let editor = TreeEditor()
                try editor.put(try ingest.finish(), at: try FilePath(path))
                let root = try base?.tree ?? StorageFormat.writeEmptyRoot(to: store)
                return try editor.apply(to: root, reader: store, writer: store)
            }
            return try transaction.makeCommit(
                .random(), on: branch, origin: .user, description: "", tree: edit.root,
                size: (base?.size ?? 0) + Int64(edit.delta.bytes)
            ).id
        }
    }

    private static func read(_ path: String, in repo: RepoName, _ ledger: Ledger) async throws -> String {
        let head = try await ledger.read { try $0.head(of: Branch(repo: repo)) }
        let objects = try ledger.store(repo).objects
        let file = try TreeReader(objects).file(at: try FilePath(path), in: try #require(head).tree)
        return String(decoding: try FileReader(objects).bytes(file), as: UTF8.self)
    }

    @Test("a commit is readable at once, before any pack holds it")
    func readableWhenLanded() async throws {
        try await Self.withLedger { ledger, _, repo in
            try await Self.put("hello", at: "/a", in: repo, ledger)
            #expect(try await Self.read("/a", in: repo, ledger) == "hello")
        }
    }

    @Test("publishing hands everything to stock Git and empties the landing table")
    func publishing() async throws {
        try await Self.withLedger { ledger, root, repo in
            try await Self.put("hello", at: "/a", in: repo, ledger)
            try await ledger.publish()
            #expect(ledger.landed.byteCount == 0)
            #expect(try await ledger.read { try $0.landings().isEmpty })
            #expect(try await Self.read("/a", in: repo, ledger) == "hello")
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
                try await Self.createRepo(repo, ledger)
                // From some 30 files on a version of the folder lands as a delta.
                for number in 0..<60 { try await Self.put("\(number)", at: "/f\(number)", in: repo, ledger) }
            }
            try await crash()
            let ledger = try Ledger(root: root)
            for number in 0..<60 { #expect(try await Self.read("/f\(number)", in: repo, ledger) == "\(number)") }
            try await ledger.publish()
            #expect(try GitProgram(repository: root.repoPath(repo)).run("fsck", "--strict", "--no-dangling").isEmpty)
        }
    }

    @Test("what an older version left in the landing table is read and published")
    func olderLandingTable() async throws {
        try await Self.withLedger { first, root, repo in
            // Nothing is published while this holds the publisher.
            let landings = try await first.publisher.betweenRounds {
                let done = DispatchSemaphore(value: 0)
                Task {
                    defer { done.signal() }
                    for number in 0..<60 { try await Self.put("\(number)", at: "/f\(number)", in: repo, first) }
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
            #expect(try await Self.read("/f59", in: repo, ledger) == "59")
            try await ledger.close()
        }
    }

    @Test("a repo may be deleted in the transaction in which a file landed there")
    func deletedWhileLanding() async throws {
        try await Self.withLedger { ledger, _, repo in
            try await ledger.write { transaction in
                let row = try transaction.database.existingRepo(repo)
                _ = try transaction.edit(row) { try $0.write(.blob, Array("of no use".utf8)) }
                try transaction.deleteRepo(row)
            }
            #expect(try await ledger.read { try $0.landings().isEmpty })
        }
    }

    @Test("a repo that holds commits and is not in the database is named; an empty one is none")
    func unknownRepo() async throws {
        try await Self.withLedger { ledger, root, repo in
            try await Self.put("hello", at: "/a", in: repo, ledger)
            try await ledger.publish()
            #expect(try ledger.unknownRepos().map(\.folder) == [])
            try FileManager.default.copyItem(atPath: root.repoPath(repo), toPath: "\(root.path)/lost.git")
            _ = try GitRepository.create(at: "\(root.path)/empty.git", title: "empty", files: OpenFiles())
            #expect(try ledger.unknownRepos().map(\.folder) == ["lost.git"])
        }
    }

    @Test("a database that is replaced is kept with its own log, never with that of one before")
    func replacedDatabase() async throws {
        try await withTemporaryFolder { folder in
            let root = DataRoot(path: "\(folder)/root")
            try root.create()
            func write(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
            let kept = root.databasePath + ".old"
            // Nothing may count as a database that took the old one's place.
            #expect(throws: PachError.self) { try root.replaceDatabase(with: "\(root.ownPath)/missing") }
            try write("first", root.databasePath)
            try write("log of the first", root.databasePath + "-wal")
            for next in ["second", "third"] {
                try write(next, "\(root.ownPath)/fresh")
                try root.replaceDatabase(with: "\(root.ownPath)/fresh")
                #expect(!FileManager.default.fileExists(atPath: root.databasePath + "-wal"))
                #expect(try String(contentsOfFile: root.databasePath, encoding: .utf8) == next)
                #expect(try String(contentsOfFile: kept, encoding: .utf8) == (next == "second" ? "first" : "second"))
                #expect(FileManager.default.fileExists(atPath: kept + "-wal") == (next == "second"))
            }
        }
    }

    @Test("a replacement of the database that was cut off is ended when the root is opened", arguments: 0...2)
    func cutOffReplacement(_ movedCount: Int) async throws {
        try await Self.withLedger { ledger, root, repo in
            try await Self.put("hello", at: "/a", in: repo, ledger)
            try await ledger.publish()
            try ledger.metadata.writeSnapshot(to: root.databasePath + ".successor")
            try await Self.put("later", at: "/a", in: repo, ledger)
            // Still open: its log holds what came later.
            for suffix in ["", "-wal"].prefix(movedCount) {
                try FileManager.default.moveItem(atPath: root.databasePath + suffix, toPath: root.databasePath + ".old" + suffix)
            }
            let reopened = try Ledger(root: root)
            #expect(try await Self.read("/a", in: repo, reopened) == "hello")
            #expect(FileManager.default.fileExists(atPath: root.databasePath + ".old-wal"))
            #expect(!FileManager.default.fileExists(atPath: root.databasePath + ".successor"))
        }
    }

    @Test("a change that throws is undone, and takes none of those beside it along")
    func isolation() async throws {
        try await Self.withLedger { ledger, _, repo in
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
                            try await Self.put("\(number)", at: "/f\(number)", in: repo, ledger)
                        }
                    }
                }
                try await group.waitForAll()
            }
            for number in 0..<50 where !number.isMultiple(of: 5) {
                #expect(try await Self.read("/f\(number)", in: repo, ledger) == "\(number)")
            }
            #expect(try await ledger.read { try $0.countCommits() } == 40)
        }
    }

    @Test("a ref that another program moved is put back, and what it held is kept")
    func foreignRef() async throws {
        try await Self.withLedger { first, root, repo in
            try await Self.put("one", at: "/a", in: repo, first)
            try await Self.put("two", at: "/a", in: repo, first)
            try await first.close()
            let git = try GitProgram(repository: root.repoPath(repo))
            let head = try git.run("rev-parse", "master")
            let parent = try git.run("rev-parse", "master^")
            _ = try git.run("update-ref", "refs/heads/master", "master^")

            let ledger = try Ledger(root: root)
            try await ledger.publish()
            #expect(try git.run("rev-parse", "master") == head)
            #expect(try git.run("for-each-ref", "--format=%(objectname)", "refs/pach/foreign") == parent)
        }
    }

    @Test("a ref that another program moves beside an open ledger is put where it belongs, and what it held is kept")
    func foreignRefBesideUs() async throws {
        try await Self.withLedger { ledger, root, repo in
            try await Self.put("one", at: "/a", in: repo, ledger)
            try await ledger.publish()
            let git = try GitProgram(repository: root.repoPath(repo))
            let identity = ["-c", "user.name=other", "-c", "user.email=other@localhost"]
            let foreign = try git.run(identity + ["commit-tree", "-m", "other", "-p", "master", "master^{tree}"])
            _ = try git.run("update-ref", "refs/heads/master", foreign)
            try await Self.put("two", at: "/a", in: repo, ledger)
            try await ledger.publish()
            #expect(try git.run("show", "master:a") == "two")
            #expect(try git.run("for-each-ref", "--format=%(objectname)", "refs/pach/foreign") == foreign)
        }
    }

    /// Ways to damage a `packed-refs` of two refs, by its bytes.
    private static let packedDamage: [(what: String, change: @Sendable (inout [UInt8]) -> Void)] = [
        ("a digit", { $0[$0.lastIndex(of: 0x20)! - 7] = UInt8(ascii: "x") }),
        ("a digit that makes a comment", { $0[$0.lastIndex(of: 0x20)! - 40] = UInt8(ascii: "#") }),
        ("a letter of a name", { $0[$0.count - 2] ^= 1 }),
        (
            "the order",
            { bytes in
                let lines = bytes.split(separator: 0x0a)
                bytes = Array([lines[0], lines[2], lines[1]].joined(separator: [0x0a])) + [0x0a]
            }
        ),
        ("the end", { $0.removeLast(3) }),
        ("the header", { $0[0] = UInt8(ascii: "+") }),
    ]

    @Test("damage to packed-refs is mended when the root is opened, and while it is open", arguments: packedDamage.map(\.what))
    func packedRefs(_ what: String) async throws {
        let change = try #require(Self.packedDamage.first { $0.what == what }).change
        try await Self.withLedger { first, root, repo in
            try await Self.put("one", at: "/a", in: repo, first)
            try await first.write { transaction in
                let head = try transaction.database.head(of: Branch(repo: repo))
                try transaction.moveBranch(Branch(repo: repo, name: BranchName("dev")), to: head)
            }
            try await first.publish()
            let git = try GitProgram(repository: root.repoPath(repo))
            func damage() throws {
                _ = try git.run("pack-refs", "--all")
                let url = URL(fileURLWithPath: "\(root.repoPath(repo))/packed-refs")
                var bytes = [UInt8](try Data(contentsOf: url))
                change(&bytes)
                try Data(bytes).write(to: url)
            }
            try damage()
            #expect(try what == "a letter of a name" || !first.store(repo).damage().isEmpty)
            // What keeps a ref from moving is repaired then, the rest by 'fsck --fix'.
            try await Self.put("two", at: "/a", in: repo, first)
            try await first.publish()
            #expect(try git.run("show", "master:a") == "two")
            _ = try await first.settleRefs(of: first.store(repo).row)
            try await first.publish()
            #expect(try git.run("show", "dev:a") == "one")
            try await first.close()

            try damage()
            let second = try Ledger(root: root)
            try await second.publish()
            #expect(try git.run("show", "master:a") == "two" && git.run("show", "dev:a") == "one")
            #expect(try git.run("fsck", "--strict", "--no-dangling").isEmpty)
            #expect(try second.store(repo).damage().isEmpty)
        }
    }

    @Test("refs that no Git reads well are put right: HEAD without branch, symbolic ones, names that are no UTF-8")
    func strangeRefs() async throws {
        try await Self.withLedger { ledger, root, repo in
            try await Self.put("one", at: "/a", in: repo, ledger)
            try await ledger.publish()
            let path = root.repoPath(repo)
            let git = try GitProgram(repository: path)
            let head = try git.run("rev-parse", "master")
            _ = try git.run("symbolic-ref", "refs/heads/sym", "refs/heads/nowhere")
            _ = try git.run("symbolic-ref", "HEAD", "refs/heads/x")
            let name = Array("\(path)/refs/heads/caf".utf8CString.dropLast()) + [CChar(bitPattern: 0xe9), 0]
            #expect(rename("\(path)/description", name) == 0)
            try "\(head)\n".write(toFile: "\(path)/description", atomically: false, encoding: .utf8)
            #expect(rename("\(path)/description", name) == 0)
            #expect(try ledger.store(repo).damage().map(\.file).sorted() == ["HEAD", "refs/heads/caf\u{FFFD}", "refs/heads/sym"])
            let row = try ledger.store(repo).row
            #expect(try await ledger.settleRefs(of: row).count == 3)
            #expect(try git.run("symbolic-ref", "HEAD") == "refs/heads/master")
            #expect(
                try git.run("for-each-ref", "--format=%(refname)")
                    == "refs/heads/master\nrefs/pach/foreign/heads/caf%E9-\(head.prefix(12))")
            #expect(try git.run("fsck", "--strict", "--no-dangling").isEmpty)
            #expect(try ledger.store(repo).damage().isEmpty)
            // Which branch of ours clones check out is the user's choice.
            try await ledger.write { transaction in
                let head = try transaction.database.head(of: Branch(repo: repo))
                try transaction.moveBranch(Branch(repo: repo, name: BranchName("dev")), to: head)
            }
            _ = try git.run("symbolic-ref", "HEAD", "refs/heads/dev")
            #expect(try await ledger.settleRefs(of: row).isEmpty)
        }
    }

    @Test("what another program put in the way of a ref is kept elsewhere, and the ref takes its place", arguments: ["folder", "garbage"])
    func refInTheWay(_ what: String) async throws {
        try await Self.withLedger { ledger, root, repo in
            try await Self.put("one", at: "/a", in: repo, ledger)
            try await ledger.publish()
            let git = try GitProgram(repository: root.repoPath(repo))
            if what == "folder" {
                _ = try git.run("update-ref", "refs/heads/dev/x", "master")
            } else {
                try "garbage\n".write(toFile: "\(root.repoPath(repo))/refs/heads/dev", atomically: false, encoding: .utf8)
            }
            try await ledger.write { transaction in
                let head = try transaction.database.head(of: Branch(repo: repo))
                try transaction.moveBranch(Branch(repo: repo, name: BranchName("dev")), to: head)
            }
            try await ledger.publish()
            #expect(try git.run("show", "dev:a") == "one")
            let kept = try git.run("for-each-ref", "--format=%(objectname)", "refs/pach/foreign")
            #expect(try what == "folder" ? kept == git.run("rev-parse", "master") : kept.isEmpty)
            #expect(try git.run("fsck", "--strict", "--no-dangling").isEmpty)
        }
    }

    @Test("invariant 8: a ref that cannot move holds up no other repo, and its objects are written to a pack once")
    func lockedRef() async throws {
        try await Self.withLedger { ledger, root, repo in
            let other = try RepoName("other")
            try await Self.createRepo(other, ledger)
            try await Self.put("one", at: "/a", in: repo, ledger)
            try await ledger.publish()
            let lock = "\(root.repoPath(repo))/refs/heads/master.lock"
            #expect(FileManager.default.createFile(atPath: lock, contents: nil))
            try await Self.put("two", at: "/a", in: repo, ledger)
            try await Self.put("two", at: "/a", in: other, ledger)
            let error = await #expect(throws: PachError.self) { try await ledger.publish() }
            #expect(error?.code == .locked && error?.message.contains("ref refs/heads/master of repo ratings") == true)
            #expect(try GitProgram(repository: root.repoPath(other)).run("show", "master:a") == "two")
            #expect(ledger.landed.byteCount == 0)
            #expect(try await ledger.read { try $0.landings().isEmpty })
            try FileManager.default.removeItem(atPath: lock)
            try await ledger.publish()
            #expect(try GitProgram(repository: root.repoPath(repo)).run("show", "master:a") == "two")
        }
    }

    @Test("invariant 8: a repo that cannot be published takes commits until its room is full, then says why; all others go on")
    func stuckRepo() async throws {
        try await Self.withLedger { ledger, root, repo in
            let other = try RepoName("other")
            try await Self.createRepo(other, ledger)
            let packs = root.repoPath(repo) + "/objects/pack"
            _ = try ledger.store(repo)
            try FileManager.default.moveItem(atPath: packs, toPath: packs + ".away")
            var random = SplitMix(seed: 6)
            func noise() -> [UInt8] {
                var words = [UInt64](repeating: 0, count: 200 << 7)
                for place in words.indices { words[place] = random.next() }
                return words.withUnsafeBytes { Array($0) }
            }
            try await Self.put(noise(), at: "/a", in: repo, ledger)
            await #expect(throws: PachError.self) { try await ledger.publish() }
            #expect(try await ledger.problems().keys.map(\.description) == [repo.description])
            var refusal: PachError?
            // Without a bound of its own the repo would fill the room of all.
            for number in 0..<400 where refusal == nil {
                do {
                    try await Self.put(noise(), at: "/a\(number % 5)", in: repo, ledger)
                } catch let error as PachError {
                    refusal = error
                }
            }
            #expect(refusal?.code == .overloaded && refusal?.message.contains("repo \(repo) takes no more commits") == true)
            #expect(refusal?.cause?.contains("objects/pack") == true && refusal?.hint?.contains("pach fsck --fix") == true)
            #expect(ledger.landed.byteCount < Ledger.stuckByteCountMax + 1 << 20)
            for text in ["one", "two"] { try await Self.put(text, at: "/a", in: other, ledger) }
            // One that gets stuck later pays nothing for the room that the first one fills.
            let third = try RepoName("third")
            try await Self.createRepo(third, ledger)
            let thirdPacks = root.repoPath(third) + "/objects/pack"
            _ = try ledger.store(third)
            try FileManager.default.moveItem(atPath: thirdPacks, toPath: thirdPacks + ".away")
            try await Self.put(noise(), at: "/a", in: third, ledger)
            await #expect(throws: PachError.self) { try await ledger.publish() }
            #expect(try await ledger.problems().count == 2)
            try await Self.put(noise(), at: "/b", in: third, ledger)
            await #expect(throws: PachError.self) { try await Self.put(noise(), at: "/b", in: repo, ledger) }
            try FileManager.default.moveItem(atPath: thirdPacks + ".away", toPath: thirdPacks)
            await #expect(throws: PachError.self) { try await ledger.publish() }
            #expect(try GitProgram(repository: root.repoPath(other)).run("show", "master:a") == "two")
            try FileManager.default.removeItem(atPath: packs + ".away")
            let row = try await ledger.read { try $0.existingRepo(repo) }
            #expect(try ledger.restoreLayout(of: row) == ["the folder objects/pack was gone, and was made anew"])
            try await ledger.publish()
            #expect(try await ledger.problems().isEmpty)
            #expect(ledger.landed.byteCount == 0)
            try await Self.put("again", at: "/a", in: repo, ledger)
            try await ledger.publish()
            #expect(try GitProgram(repository: root.repoPath(repo)).run("show", "master:a") == "again")
        }
    }

    @Test("a repo that cannot be published is known to whoever opens the root, before anybody asks")
    func stuckRepoOpened() async throws {
        try await Self.withLedger { first, root, repo in
            let packs = root.repoPath(repo) + "/objects/pack"
            try await Self.put("one", at: "/a", in: repo, first)
            try await first.publish()
            try FileManager.default.moveItem(atPath: packs, toPath: packs + ".away")
            try await Self.put("two", at: "/a", in: repo, first)
            try await first.close()
            let second = try Ledger(root: root)
            #expect(try await second.problems().keys.map(\.description) == [repo.description])
            try await second.close()
            try FileManager.default.moveItem(atPath: packs + ".away", toPath: packs)
            let third = try Ledger(root: root)
            #expect(try await third.problems().isEmpty)
            #expect(try GitProgram(repository: root.repoPath(repo)).run("show", "master:a") == "two")
            try await third.close()
        }
    }

    @Test("a root that was moved away, or replaced, takes no commit, and nothing is written to what is in its place")
    func movedRoot() async throws {
        try await Self.withLedger { ledger, root, repo in
            try await Self.put("one", at: "/a", in: repo, ledger)
            try await ledger.publish()
            let away = root.path + "-away"
            try FileManager.default.moveItem(atPath: root.path, toPath: away)
            func expectRefusal() async {
                let refusal = await #expect(throws: PachError.self) { try await Self.put("two", at: "/a", in: repo, ledger) }
                #expect(refusal?.code == .conflict && refusal?.message.contains("was moved, deleted or replaced") == true)
                await #expect(throws: PachError.self) { try await ledger.publish() }
            }
            await expectRefusal()
            #expect(!FileManager.default.fileExists(atPath: root.path))
            // Another root that has a repo of that name.
            try FileManager.default.copyItem(atPath: away, toPath: root.path)
            await expectRefusal()
            try FileManager.default.removeItem(atPath: root.path)
            try FileManager.default.moveItem(atPath: away, toPath: root.path)
            try await Self.put("three", at: "/a", in: repo, ledger)
            try await ledger.publish()
            #expect(try GitProgram(repository: root.repoPath(repo)).run("show", "master:a") == "three")
        }
    }

    @Test("a failure is told once, and its place is tried again after ever longer pauses")
    func publishFailures() {
        var failures = PublishFailures()
        let place = PublishFailures.Place.ref(1, "refs/heads/master")
        #expect(failures.mayTry(place) && failures.nextRetry == nil)
        let isNews = failures.note(PachError(.locked, "locked"), at: place)
        #expect(isNews && !failures.mayTry(place) && failures.mayTry(.packs(1)) && failures.nextRetry != nil)
        let isNewsAgain = failures.note(PachError(.locked, "locked"), at: place)
        let isOtherNews = failures.note(PachError(.corrupt, "damaged"), at: place)
        #expect(!isNewsAgain && isOtherNews)
        failures.forget { $0.repo == 1 }
        #expect(failures.mayTry(place) && failures.nextRetry == nil)
    }

    @Test("listeners hear of a commit once it is durable")
    func events() async throws {
        try await Self.withLedger { ledger, _, repo in
            let events = ledger.events.listen()
            let id = try await Self.put("hello", at: "/a", in: repo, ledger)
            for await case .commitFinished(let link) in events {
                #expect(link.id == id)
                break
            }
        }
    }

    @Test("a mark that is there and cannot be read is not taken for a missing one", arguments: ["restoring", "identity", "pach-backup"])
    func unreadableMarks(_ name: String) async throws {
        try await withTemporaryFolder { folder in
            let root = DataRoot(path: folder)
            try root.create()
            // No read of a folder gives bytes, whoever asks.
            let place = name == "pach-backup" ? "\(folder)/\(name)" : "\(root.ownPath)/\(name)"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
            let error = #expect(throws: PachError.self) {
                switch name {
                case "restoring": try root.requireRestored()
                case "identity": _ = try root.identity()
                default: try root.create()
                }
            }
            #expect(error?.code == .io)
            #expect(error?.description.contains(place) == true)
        }
    }

    @Test("a database found damaged is written no more, whoever finds it; what else it holds is read", arguments: [false, true])
    func damagedDatabase(_ isFoundByReader: Bool) async throws {
        try await Self.withLedger { ledger, root, repo in
            try await Self.put("hello", at: "/a", in: repo, ledger)
            try await ledger.publish()
            let page = try ledger.metadata.write { database in
                try database.execute(sql: "CREATE TABLE hit (number INTEGER); INSERT INTO hit VALUES (1)")
                return try Int.fetchOne(database, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'hit'")
            }
            try ledger.metadata.moveLogIntoFile()
            try await ledger.close()
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: root.databasePath))
            try file.seek(toOffset: UInt64((try #require(page) - 1) * 4096))
            try file.write(contentsOf: Data(repeating: 0xff, count: 4096))
            try file.close()

            let reopened = try Ledger(root: root)
            #expect(reopened.diskFailure == nil)
            let error = await #expect(throws: PachError.self) {
                _ =
                    isFoundByReader
                    ? try await reopened.read { try Int.fetchOne($0, sql: "SELECT number FROM hit") }
                    : try await reopened.write { try Int.fetchOne($0.database, sql: "SELECT number FROM hit") }
            }
            #expect(error?.code == .corrupt)
            let refusal = await #expect(throws: PachError.self) { try await Self.put("more", at: "/b", in: repo, reopened) }
            #expect(refusal?.message.contains("takes no more changes, because its database is damaged") == true)
            #expect(try await Self.read("/a", in: repo, reopened) == "hello")
        }
    }

    @Test("one process owns a data root, and another waits for it until its time is over")
    func ownership() async throws {
        try await withTemporaryFolder { folder in
            let root = DataRoot(path: folder)
            try root.create()
            var lock = try RootLock.tryAcquire(root)
            #expect(lock != nil)
            #expect(try RootLock.tryAcquire(root) == nil)
            let error = await #expect(throws: PachError.self) { try await RootLock.acquire(root, timeout: .milliseconds(10)) }
            #expect(error?.code == .locked)
            lock = nil
            // The thread that waited in vain may hold it for a moment before it lets go.
            _ = try await RootLock.acquire(root, timeout: .seconds(60))
        }
    }
}
