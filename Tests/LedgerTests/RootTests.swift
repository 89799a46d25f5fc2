import Foundation
import GRDB
import GitStore
import Glibc
import Metadata
import Model
import TestSupport
import Testing

@testable import Ledger

@Suite("A data root and its database")
struct RootTests {
    @Test("a repo that holds commits and is not in the database is named; an empty one is none")
    func unknownRepo() async throws {
        try await TestLedger.with { ledger, root, repo in
            try await TestLedger.put("hello", at: "/a", in: repo, ledger)
            try await ledger.publish()
            #expect(try ledger.unknownRepos().map(\.folder) == [])
            try FileManager.default.copyItem(atPath: root.repoPath(repo), toPath: "\(root.path)/lost.git")
            _ = try GitRepository.create(at: "\(root.path)/empty.git", title: "empty", files: OpenFiles())
            #expect(try ledger.unknownRepos().map(\.folder) == ["lost.git"])
        }
    }

    @Test("a repo gets no name without a folder, as where a deletion took that once it had been found")
    func noFolder() async throws {
        try await TestLedger.with { ledger, _, repo in
            try await ledger.prepareRepo(repo)
            _ = try await ledger.write { try $0.deleteRepo($0.database.existingRepo(repo)) }
            try await ledger.publisher.betweenRounds {}
            let error = await #expect(throws: PachError.self) { try await ledger.write { _ = try $0.createRepo(repo, description: "") } }
            #expect(error?.code == .locked)
            #expect(try await ledger.read { try $0.repo(repo) == nil })
            try await TestLedger.createRepo(repo, ledger)
            try await TestLedger.put("hello", at: "/a", in: repo, ledger)
        }
    }

    /// What does not belong where it is, below a repo.
    enum OddPath: String, CaseIterable {
        case packFolder = "objects/pack"
        case packedRefs = "packed-refs"
        case leftover = "objects/pack/tmp_pach_odd"

        func put(in repo: String) throws {
            let path = "\(repo)/\(rawValue)", manager = FileManager.default
            switch self {
            case .packFolder:
                try manager.moveItem(atPath: path, toPath: "\(path).away")
                try Data().write(to: URL(fileURLWithPath: path))
            case .packedRefs, .leftover: try manager.createDirectory(atPath: "\(path)/inner", withIntermediateDirectories: true)
            }
        }

        func remove(from repo: String) throws {
            let path = "\(repo)/\(rawValue)", manager = FileManager.default
            try manager.removeItem(atPath: path)
            if self == .packFolder { try manager.moveItem(atPath: "\(path).away", toPath: path) }
        }
    }

    @Test("what does not belong where it is in one repo is that repo's problem alone", arguments: OddPath.allCases)
    func oddPath(_ odd: OddPath) async throws {
        try await TestLedger.with { first, root, repo in
            let other = try RepoName("other")
            try await TestLedger.createRepo(other, first)
            for name in [repo, other] { try await TestLedger.put("hello", at: "/a", in: name, first) }
            try await first.publish()
            try await first.close()
            // As after a crash.
            try Data().write(to: URL(fileURLWithPath: root.openPath))
            try odd.put(in: root.repoPath(repo))
            do {
                let ledger = try Ledger(root: root)
                #expect(try await TestLedger.read("/a", in: other, ledger) == "hello")
                let problems = try await ledger.problems()
                #expect(problems.keys.sorted() == [repo])
                #expect("\(problems)".contains(odd.rawValue))
                // Who opens the root next has to recover that one.
                try await ledger.close()
                #expect(FileManager.default.fileExists(atPath: root.openPath) == (odd != .packedRefs))
            }
            try odd.remove(from: root.repoPath(repo))
            let ledger = try Ledger(root: root)
            #expect(try await TestLedger.read("/a", in: repo, ledger) == "hello")
            #expect(try await ledger.problems().isEmpty)
            try await ledger.close()
            #expect(!FileManager.default.fileExists(atPath: root.openPath))
        }
    }

    @Test("refs that could not be read are no problem any more once they can be")
    func mendedRefs() async throws {
        try await TestLedger.with { first, root, repo in
            try await TestLedger.put("hello", at: "/a", in: repo, first)
            try await first.publish()
            try await first.close()
            try OddPath.packedRefs.put(in: root.repoPath(repo))
            let ledger = try Ledger(root: root)
            #expect(try await ledger.problems().keys.sorted() == [repo])
            try OddPath.packedRefs.remove(from: root.repoPath(repo))
            _ = try await ledger.settleRefs(of: try ledger.store(repo).row)
            #expect(try await ledger.problems().isEmpty)
        }
    }

    @Test("a pipe in the place of a ref keeps nobody waiting", .timeLimit(.minutes(1)))
    func pipe() async throws {
        try await TestLedger.with { first, root, repo in
            try await TestLedger.put("hello", at: "/a", in: repo, first)
            try await first.publish()
            try await first.close()
            for name in ["refs/heads/pipe", "shallow"] { #expect(mkfifo("\(root.repoPath(repo))/\(name)", 0o600) == 0) }
            try FileManager.default.createSymbolicLink(atPath: "\(root.repoPath(repo))/refs/heads/odd", withDestinationPath: "odd")
            let ledger = try Ledger(root: root)
            #expect(try await TestLedger.read("/a", in: repo, ledger) == "hello")
            #expect(try await ledger.problems().isEmpty)
            let refs = try FileManager.default.contentsOfDirectory(atPath: "\(root.repoPath(repo))/refs/heads")
            #expect(!refs.contains("pipe") && !refs.contains("odd"))
            let failure = #expect(throws: PachError.self) { try ledger.store(repo).git.shallow() }
            #expect(failure?.code == .inaccessible)
            try FileManager.default.removeItem(atPath: "\(root.repoPath(repo))/config")
            #expect(mkfifo("\(root.repoPath(repo))/config", 0o600) == 0)
            #expect(throws: PachError.self) { try GitRepository(opening: root.repoPath(repo), files: OpenFiles()) }
        }
    }

    @Test("a folder of backups may be called as their mark is")
    func folderCalledAsMark() async throws {
        try await withTemporaryFolder { folder in
            let root = DataRoot(path: "\(folder)/root")
            try root.create()
            let ledger = try Ledger(root: root)
            _ = try await ledger.backUp(to: "\(folder)/\(BackupMark.name)", links: false, verifiesAll: false)
            try DataRoot(path: "\(folder)/new").create()
        }
    }

    @Test("a repo whose folder is a link is deleted as a link, and what it leads to stays")
    func linkedRepo() async throws {
        try await TestLedger.with { first, root, repo in
            try await TestLedger.put("hello", at: "/a", in: repo, first)
            try await first.publish()
            try await first.close()
            let elsewhere = "\(root.path)/elsewhere"
            try FileManager.default.moveItem(atPath: root.repoPath(repo), toPath: elsewhere)
            try FileManager.default.createSymbolicLink(atPath: root.repoPath(repo), withDestinationPath: elsewhere)
            let ledger = try Ledger(root: root)
            let row = try ledger.store(repo).row
            _ = try await ledger.write { try $0.deleteRepo(row) }
            try await ledger.publisher.betweenRounds {}
            try await ledger.close()
            #expect(FileManager.default.fileExists(atPath: "\(elsewhere)/HEAD"))
            let reopened = try Ledger(root: root)
            #expect(try await reopened.read { try $0.repoRemovals() }.isEmpty)
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
        try await TestLedger.with { ledger, root, repo in
            try await TestLedger.put("hello", at: "/a", in: repo, ledger)
            try await ledger.publish()
            try ledger.metadata.snapshot().move(to: root.databasePath + ".successor")
            try await TestLedger.put("later", at: "/a", in: repo, ledger)
            // Still open: its log holds what came later.
            for suffix in ["", "-wal"].prefix(movedCount) {
                try FileManager.default.moveItem(atPath: root.databasePath + suffix, toPath: root.databasePath + ".old" + suffix)
            }
            let reopened = try Ledger(root: root)
            #expect(try await TestLedger.read("/a", in: repo, reopened) == "hello")
            #expect(FileManager.default.fileExists(atPath: root.databasePath + ".old-wal"))
            #expect(!FileManager.default.fileExists(atPath: root.databasePath + ".successor"))
        }
    }

    @Test("a root that was moved away, or replaced, takes no commit, and nothing is written to what is in its place")
    func movedRoot() async throws {
        try await TestLedger.with { ledger, root, repo in
            try await TestLedger.put("one", at: "/a", in: repo, ledger)
            try await ledger.publish()
            #expect(await ledger.standstill() == nil)
            let away = root.path + "-away"
            try FileManager.default.moveItem(atPath: root.path, toPath: away)
            func expectRefusal() async {
                let refusal = await #expect(throws: PachError.self) { try await TestLedger.put("two", at: "/a", in: repo, ledger) }
                #expect(refusal?.code == .conflict && refusal?.message.contains("was moved, deleted or replaced") == true)
                await #expect(throws: PachError.self) { try await ledger.publish() }
                #expect(await ledger.standstill()?.message.contains("was moved, deleted or replaced") == true)
            }
            await expectRefusal()
            #expect(!FileManager.default.fileExists(atPath: root.path))
            // Another root that has a repo of that name.
            try FileManager.default.copyItem(atPath: away, toPath: root.path)
            await expectRefusal()
            try FileManager.default.removeItem(atPath: root.path)
            try FileManager.default.moveItem(atPath: away, toPath: root.path)
            #expect(await ledger.standstill() == nil)
            try await TestLedger.put("three", at: "/a", in: repo, ledger)
            try await ledger.publish()
            #expect(try GitProgram(repository: root.repoPath(repo)).run("show", "master:a") == "three")
        }
    }

    @Test("a mark that is there and cannot be read is not taken for a missing one", arguments: ["restoring", "identity", "pach-backup"])
    func unreadableMarks(_ name: String) async throws {
        try await withTemporaryFolder { folder in
            let root = DataRoot(path: folder)
            try root.create()
            // No read of a link to itself gives bytes, whoever asks.
            let place = name == "pach-backup" ? "\(folder)/\(name)" : "\(root.ownPath)/\(name)"
            try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: name)
            let error = #expect(throws: PachError.self) {
                switch name {
                case "restoring": try root.requireRestored()
                case "identity": _ = try root.identity()
                default: try root.create()
                }
            }
            #expect(error?.code == .inaccessible)
            #expect(error?.description.contains(place) == true)
        }
    }

    @Test("a token that is there and cannot be read is not replaced by another one")
    func unreadableToken() async throws {
        try await withTemporaryFolder { folder in
            let root = DataRoot(path: folder)
            try root.create()
            // Nobody gets to the end of this link, whoever asks.
            try FileManager.default.createSymbolicLink(atPath: root.tokenPath, withDestinationPath: root.tokenPath)
            #expect(throws: PachError.self) { try root.token() }
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: root.tokenPath) == root.tokenPath)
        }
    }

    @Test("a database found damaged is written no more, whoever finds it; what else it holds is read", arguments: [false, true])
    func damagedDatabase(_ isFoundByReader: Bool) async throws {
        try await TestLedger.with { ledger, root, repo in
            try await TestLedger.put("hello", at: "/a", in: repo, ledger)
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
            let refusal = await #expect(throws: PachError.self) { try await TestLedger.put("more", at: "/b", in: repo, reopened) }
            #expect(refusal?.message.contains("takes no more changes, because its database is damaged") == true)
            #expect(try await TestLedger.read("/a", in: repo, reopened) == "hello")
            #expect(await reopened.standstill()?.message.contains("until pach is started again") == true)
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

    @Test("a lock file that somebody removes lets no second process in")
    func removedLock() async throws {
        try await withTemporaryFolder { folder in
            let root = DataRoot(path: folder)
            try root.create()
            let lock = try RootLock.tryAcquire(root)
            try FileManager.default.removeItem(atPath: root.lockPath)
            #expect(try RootLock.tryAcquire(root) == nil)
            let error = await #expect(throws: PachError.self) { try await RootLock.acquire(root, timeout: .milliseconds(10)) }
            #expect(error?.code == .locked)
            withExtendedLifetime(lock) {}
        }
    }

    @Test("a process that is being started, and has the lock's file open as the engine had it, keeps nobody out")
    func copiedLock() async throws {
        try await withTemporaryFolder { folder in
            let root = DataRoot(path: folder)
            try root.create()
            let lock = try RootLock.tryAcquire(root)
            let own = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }.filter { descriptor in
                var path = [CChar](repeating: 0, count: Int(PATH_MAX))
                let count = readlink("/proc/self/fd/\(descriptor)", &path, path.count)
                return count > 0 && String(decoding: path.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self).hasPrefix(folder)
            }
            let copies = own.map { fcntl($0, F_DUPFD_CLOEXEC, 0) }
            defer { for copy in copies { close(copy) } }
            try #require(lock != nil && !copies.isEmpty)
            _ = consume lock
            #expect(try RootLock.tryAcquire(root) != nil)
        }
    }

    @Test("a disk that tells of nearly 2^64 bytes has room for the ballast, and one that is full has none")
    func ballastOnLargeDisk() {
        var disk = statvfs()
        disk.f_frsize = 4096
        let blockCount = UInt(Ballast.byteCount) / 4096
        for (free, hasRoom) in [(0, false), (blockCount, false), (blockCount * 4, true), (UInt.max / 4096 + 1, true), (.max, true)] {
            disk.f_bavail = free
            #expect(Ballast.hasRoom(disk) == hasRoom, "\(free)")
        }
    }

    @Test("a ballast that a kill left half made is made whole")
    func halfMadeBallast() async throws {
        try await withTemporaryFolder { folder in
            let root = DataRoot(path: folder)
            try root.create()
            #expect(FileManager.default.createFile(atPath: root.ballastPath, contents: nil))
            try await Ledger(root: root).close()
            #expect(try FileManager.default.attributesOfItem(atPath: root.ballastPath)[.size] as? Int == Ballast.byteCount)
        }
    }
}
