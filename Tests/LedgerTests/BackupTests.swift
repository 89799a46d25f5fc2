import Foundation
import GitStore
import Glibc
import Metadata
import Model
import Storage
import TestSupport
import Testing
import Threads

@testable import Ledger

@Suite("A backup beside what changes its root, or hides part of it")
struct BackupTests {
    private func packs(of repo: RepoName, in root: DataRoot) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(root.repoPath(repo))/objects/pack").sorted()
    }

    /// What a restored root has at `/a` of the repo.
    private func restored(_ repo: RepoName, from backup: DataRoot) async throws -> String {
        try await withTemporaryFolder { folder in
            let root = DataRoot(path: "\(folder)/restored")
            try root.create()
            _ = try root.restore(from: backup.path)
            let ledger = try Ledger(root: root)
            let text = try await TestLedger.read("/a", in: repo, ledger)
            try await ledger.close()
            return text
        }
    }

    @Test("packs that lie on another disk, behind a link, are in the backup")
    func linkedFolder() async throws {
        try await TestLedger.withBackup { ledger, repos, backup in
            let before = try packs(of: repos[0], in: backup)
            let (packs, elsewhere) = ("\(ledger.root.repoPath(repos[0]))/objects/pack", "\(ledger.root.path)/elsewhere")
            try FileManager.default.moveItem(atPath: packs, toPath: elsewhere)
            try FileManager.default.createSymbolicLink(atPath: packs, withDestinationPath: elsewhere)
            _ = try await ledger.backUp(to: backup.path, links: false, verifiesAll: false)
            #expect(try self.packs(of: repos[0], in: backup) == before && !before.isEmpty)
            #expect(try await restored(repos[0], from: backup) == "hello")
        }
    }

    @Test("a pack that cannot be opened is told, and stays in the backup, also where no ref leads into it")
    func unopenedPack() async throws {
        try await TestLedger.withBackup { ledger, repos, backup in
            let before = try packs(of: repos[0], in: backup)
            try await TestLedger.put("more", at: "/b", in: repos[0], ledger)
            #expect(try await ledger.backUp(to: backup.path, links: false, verifiesAll: false).problems.isEmpty)
            let pack = try #require(before.first { $0.hasSuffix(".pack") })
            let path = "\(ledger.root.repoPath(repos[0]))/objects/pack/\(pack)"
            #expect(chmod(path, 0o600) == 0 && truncate(path, 20) == 0)
            // As whoever opens the root finds it.
            ledger.forgetStore(repos[0])
            #expect(try await Array(ledger.backUp(to: backup.path, links: false, verifiesAll: false).problems.keys) == [repos[0]])
            #expect(try packs(of: repos[0], in: backup).contains(pack))
        }
    }

    @Test("a pack of older commits that is gone is told, and stays in the backup")
    func goneHistory() async throws {
        try await TestLedger.withBackup { ledger, repos, backup in
            let before = try packs(of: repos[0], in: backup)
            try await TestLedger.put("more", at: "/a", in: repos[0], ledger)
            #expect(try await ledger.backUp(to: backup.path, links: false, verifiesAll: false).problems.isEmpty)
            for file in before { try FileManager.default.removeItem(atPath: "\(ledger.root.repoPath(repos[0]))/objects/pack/\(file)") }
            // As whoever opens the root finds it.
            ledger.forgetStore(repos[0])
            for _ in 0..<2 {
                let problems = try await ledger.backUp(to: backup.path, links: false, verifiesAll: false).problems
                #expect(Array(problems.keys) == [repos[0]])
                #expect(Set(before).isSubset(of: try packs(of: repos[0], in: backup)) && !before.isEmpty)
            }
        }
    }

    @Test("what is uploaded while repos are being held is in the backup")
    func uploadMeanwhile() async throws {
        try await TestLedger.withBackup { ledger, repos, _ in
            // The backup before lets go of them there.
            try await ledger.publisher.betweenRounds {}
            let git = try ledger.store(repos[0]).git
            #expect(try git.holdPacksForBackup())
            let before = try packs(of: repos[0], in: ledger.root)
            let batch = try ledger.store(repos[0]).makeBatch()
            var random = SplitMix(seed: 1)
            for _ in 0..<20 {
                let noise = (0..<40_000).map { _ in UInt8.random(in: .min ... .max, using: &random) }
                _ = try noise.withUnsafeBytes { try batch.write(.blob, $0) }
            }
            _ = try batch.finish()
            let new = try Set(packs(of: repos[0], in: ledger.root)).subtracting(before)
            #expect(!new.isEmpty)
            #expect(try new.isSubset(of: Set(git.extendHold().flatMap { ["\($0).pack", "\($0).idx"] })))
            git.releasePacks()
        }
    }

    @Test("a pipe in a repo's folder, as other programs leave one, or a link to a folder that it is in, holds up no backup")
    func pipe() async throws {
        try await TestLedger.withBackup { ledger, repos, backup in
            let info = "\(ledger.root.repoPath(repos[0]))/info"
            #expect(mkfifo("\(info)/pipe", 0o600) == 0)
            try FileManager.default.createSymbolicLink(atPath: "\(info)/link", withDestinationPath: "../info")
            let copied = try await ledger.backUp(to: backup.path, links: false, verifiesAll: false)
            #expect(copied.problems.isEmpty)
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(backup.repoPath(repos[0]))/info")
            #expect(!names.contains("pipe") && !names.contains("link"))
        }
    }

    @Test("a repo that is deleted while it is backed up is in the backup, and its folder goes after that")
    func deletion() async throws {
        try await TestLedger.withBackup { ledger, repos, backup in
            // What a backup does first; then it copies.
            _ = try await ledger.publishRepos()
            let hold = try await ledger.holdRoot()
            let row = try ledger.store(repos[1]).row
            _ = try await ledger.write { try $0.deleteRepo(row) }
            try await ledger.publisher.betweenRounds {}
            // Until it is gone, who opens the root after a crash knows that it has to go.
            #expect(try await ledger.read { try $0.repoRemovals() } == ["second"])
            let refusal = await #expect(throws: PachError.self) { try await ledger.prepareRepo(repos[1]) }
            #expect(refusal?.code == .locked)
            let copied = try await blocking {
                try ledger.copyRoot(hold, Ledger.Unpublished(), to: backup.path, links: false, verifiesAll: false)
            }
            ledger.release(hold)
            #expect(copied.repos == 2)
            #expect(try await restored(repos[1], from: backup) == "hello")
            try await ledger.publisher.betweenRounds {}
            #expect(!FileManager.default.fileExists(atPath: ledger.root.repoPath(repos[1])))
            #expect(try await ledger.read { try $0.repoRemovals() } == [])
            try await TestLedger.createRepo(repos[1], ledger)
            _ = try await ledger.backUp(to: backup.path, links: false, verifiesAll: false)
            #expect(try packs(of: repos[1], in: backup) == [])
        }
    }

    @Test("a backup that is ended, at whatever moment, leaves a whole one, of before or of now")
    func ended() async throws {
        try await TestLedger.withBackup { ledger, repos, backup in
            for repo in repos { try await TestLedger.put("newer", at: "/a", in: repo, ledger) }
            var stepCount = 0
            var isWhole = false
            while !isWhole {
                _ = try await ledger.publishRepos()
                let hold = try await ledger.holdRoot()
                isWhole = try await blocking { [stepCount] in
                    var left = stepCount
                    do {
                        _ = try ledger.copyRoot(hold, Ledger.Unpublished(), to: backup.path, links: false, verifiesAll: true) {
                            () throws(PachError) in
                            guard left > 0 else { throw PachError(.stopped, "the test ends it") }
                            left -= 1
                        }
                        return true
                    } catch let error as PachError where error.code == .stopped {
                        return false
                    }
                }
                ledger.release(hold)
                for repo in repos { #expect(try await restored(repo, from: backup) == (isWhole ? "newer" : "hello"), "\(stepCount) steps") }
                stepCount += 1
            }
            #expect(stepCount > 4)
        }
    }

    @Test("a backup whose task is cancelled ends")
    func cancelled() async throws {
        try await TestLedger.withBackup { ledger, _, backup in
            let backingUp = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try await ledger.backUp(to: backup.path, links: false, verifiesAll: true)
            }
            await #expect(throws: (any Error).self) { try await backingUp.value }
            // It holds nothing on.
            _ = try await ledger.backUp(to: backup.path, links: false, verifiesAll: true)
        }
    }

    @Test("a backup that is cut off while it removes packs leaves none whose index would stand for a lost one")
    func interruptedRemoval() async throws {
        try await withTemporaryFolder { folder in
            for suffix in [".pack", ".idx", ".rev"] { try Data().write(to: URL(filePath: "\(folder)/a\(suffix)")) }
            // A folder is not removed so.
            try FileManager.default.createDirectory(atPath: "\(folder)/b.pack", withIntermediateDirectories: false)
            var copy = FileCopy(links: false)
            let stale = ["/b.pack", "/a.pack", "/a.rev", "/a.idx"].map { folder + $0 }
            #expect(throws: PachError.self) { try copy.removeAll(stale) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a.pack", "a.rev", "b.pack"])
        }
    }

    @Test("logs of jobs that are removed leave the backup")
    func removedLogs() async throws {
        try await TestLedger.withBackup { ledger, _, backup in
            let log = "/copy/1.jsonl"
            for (root, name) in [(ledger.root, "/copy/2.jsonl"), (backup, log)] {
                try FileManager.default.createDirectory(atPath: root.logsPath + "/copy", withIntermediateDirectories: true)
                try Data("{}\n".utf8).write(to: URL(filePath: root.logsPath + name))
            }
            _ = try await ledger.backUp(to: backup.path, links: false, verifiesAll: false)
            #expect(try FileManager.default.contentsOfDirectory(atPath: backup.logsPath + "/copy") == ["2.jsonl"])
        }
    }

    @Test("where a repo's folder is gone, a backup says so and keeps what it has of the repo; a backup without it is not restored")
    func lostFolder() async throws {
        try await TestLedger.withBackup { ledger, repos, backup in
            let before = try packs(of: repos[1], in: backup)
            let folder = ledger.root.repoPath(repos[1])
            try FileManager.default.moveItem(atPath: folder, toPath: "\(ledger.root.path)/aside")
            let copied = try await ledger.backUp(to: backup.path, links: false, verifiesAll: false)
            #expect(copied.problems.mapValues(\.message) == [repos[1]: "repo second cannot be read: its folder \(quoted(folder)) is gone"])
            #expect(try packs(of: repos[1], in: backup) == before && !before.isEmpty)
            #expect(try await restored(repos[1], from: backup) == "hello")
            try FileManager.default.removeItem(atPath: backup.repoPath(repos[1]))
            let failure = await #expect(throws: PachError.self) { try await restored(repos[1], from: backup) }
            #expect(failure?.code == .corrupt && failure?.cause?.contains(backup.repoPath(repos[1])) == true)
        }
    }

    @Test("where the root has lost what a ref points at, the backup keeps what it has of that repo, and says so")
    func lostPack() async throws {
        try await TestLedger.withBackup { ledger, repos, backup in
            let before = try packs(of: repos[0], in: backup)
            let packs = "\(ledger.root.repoPath(repos[0]))/objects/pack"
            for name in before { try FileManager.default.removeItem(atPath: "\(packs)/\(name)") }
            let copied = try await ledger.backUp(to: backup.path, links: false, verifiesAll: false)
            #expect(copied.problems[repos[0]]?.message.contains("it lacks the object") == true && copied.problems.count == 1)
            #expect(try self.packs(of: repos[0], in: backup) == before && !before.isEmpty)
        }
    }

    @Test("a restoration says what the backup could not have")
    func incompleteRestoration() async throws {
        try await TestLedger.withBackup { ledger, repos, _ in
            let folder = "\(ledger.root.repoPath(repos[0]))/objects/pack"
            for name in try packs(of: repos[0], in: ledger.root) { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
            try await withTemporaryFolder { place in
                let late = "\(place)/late"
                #expect(try await ledger.backUp(to: late, links: false, verifiesAll: false).problems.keys.sorted() == [repos[0]])
                let root = DataRoot(path: "\(place)/restored")
                try root.create()
                #expect(try root.restore(from: late).problems.keys.sorted() == [repos[0]])
            }
        }
    }

    @Test("what is damaged in the backup is copied anew once it is checked; where the root has it damaged too, nothing of it goes")
    func verification() async throws {
        func damage(_ repo: RepoName, in root: DataRoot) throws {
            let pack = try #require(try packs(of: repo, in: root).first { $0.hasSuffix(".pack") })
            let path = "\(root.repoPath(repo))/objects/pack/\(pack)"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[bytes.count - 30] ^= 1
            try FileManager.default.removeItem(atPath: path)
            try bytes.write(to: URL(fileURLWithPath: path))
        }
        try await TestLedger.withBackup { ledger, repos, backup in
            let before = try packs(of: repos[0], in: backup)
            try damage(repos[0], in: backup)
            let again = try await ledger.backUp(to: backup.path, links: false, verifiesAll: true)
            #expect(again.packsCopied == 1 && again.problems.isEmpty)
            #expect(try await restored(repos[0], from: backup) == "hello")
            for root in [backup, ledger.root] { try damage(repos[0], in: root) }
            let last = try await ledger.backUp(to: backup.path, links: false, verifiesAll: true)
            #expect(last.problems.keys.sorted() == [repos[0]])
            #expect(try packs(of: repos[0], in: backup) == before)
        }
    }

    @Test("a loose object that is damaged in the backup is not restored, and copied anew once it is checked")
    func looseObject() async throws {
        try await TestLedger.withBackup { ledger, repos, backup in
            let git = try GitProgram(repository: ledger.root.repoPath(repos[0]))
            let tree = try git.run("rev-parse", "master^{tree}")
            let identity = ["-c", "user.name=other", "-c", "user.email=other@localhost"]
            let id = try git.run(identity + ["commit-tree", "-m", "other", tree])
            let name = "objects/\(id.prefix(2))/\(id.dropFirst(2))"
            func damage(_ root: DataRoot) throws {
                let path = "\(root.repoPath(repos[0]))/\(name)"
                var bytes = try Data(contentsOf: URL(filePath: path))
                bytes[bytes.count / 2] ^= 1
                try FileManager.default.removeItem(atPath: path)
                try bytes.write(to: URL(filePath: path))
            }
            _ = try await ledger.backUp(to: backup.path, links: false, verifiesAll: false)
            try damage(backup)
            let refusal = await #expect(throws: PachError.self) { try await restored(repos[0], from: backup) }
            #expect(refusal?.code == .corrupt)
            let again = try await ledger.backUp(to: backup.path, links: false, verifiesAll: true)
            #expect(again.problems.isEmpty)
            #expect(try GitProgram(repository: backup.repoPath(repos[0])).run("cat-file", "-t", id) == "commit")
            #expect(try await restored(repos[0], from: backup) == "hello")
            try damage(ledger.root)
            let last = try await ledger.backUp(to: backup.path, links: false, verifiesAll: false)
            #expect(last.problems.isEmpty)
            try await withTemporaryFolder { fresh in
                let first = try await ledger.backUp(to: fresh, links: false, verifiesAll: false)
                #expect(first.problems.keys.sorted() == [repos[0]])
            }
        }
    }

    @Test("a repo of which a folder cannot be listed keeps no other from the backup, and what is there of it stays")
    func unlistedFolder() async throws {
        try await TestLedger.withBackup { ledger, repos, backup in
            let before = try packs(of: repos[0], in: backup)
            for repo in repos { try await TestLedger.put("more", at: "/b", in: repo, ledger) }
            // Nobody gets to the end of this link, whoever asks.
            let link = "\(ledger.root.repoPath(repos[0]))/info/circle"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: link)
            let copied = try await ledger.backUp(to: backup.path, links: false, verifiesAll: false)
            #expect(copied.problems.keys.sorted() == [repos[0]])
            #expect(try packs(of: repos[0], in: backup) == before && !before.isEmpty)
            #expect(try packs(of: repos[1], in: backup).count > before.count)
        }
    }

    /// A regular file that nobody may read, root neither: the kernel takes writes there and nothing else (proc_sys_vm(5)).
    private static let unreadableFile = "/proc/sys/vm/drop_caches"

    @Test(
        "a repo of which a file cannot be read keeps no other from the backup, and what is there of it stays",
        .enabled(if: access(BackupTests.unreadableFile, F_OK) == 0 && access(BackupTests.unreadableFile, R_OK) != 0))
    func unreadFile() async throws {
        try await TestLedger.withBackup { ledger, repos, backup in
            let before = try packs(of: repos[0], in: backup)
            for repo in repos { try await TestLedger.put("more", at: "/b", in: repo, ledger) }
            let link = "\(ledger.root.repoPath(repos[0]))/info/closed"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: Self.unreadableFile)
            let copied = try await ledger.backUp(to: backup.path, links: false, verifiesAll: false)
            #expect(copied.problems.mapValues(\.message) == [repos[0]: "Could not open \(quoted(link))"])
            #expect(try packs(of: repos[0], in: backup).count > before.count)
            #expect(try packs(of: repos[1], in: backup).count > before.count)
            #expect(try await restored(repos[0], from: backup) == "hello")
        }
    }

    @Test("a small file that goes once a backup has listed it is missed by nobody")
    func vanishedFile() async throws {
        try await withTemporaryFolder { folder in
            for name in ["source", "source/info", "destination"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: false)
            }
            try Data("kept".utf8).write(to: URL(filePath: "\(folder)/source/info/kept"))
            var copy = FileCopy(links: false)
            var repo = RepoCopy(from: "\(folder)/source", to: "\(folder)/destination")
            try repo.copySmallFiles(["info/gone", "info/kept"], [], &copy, verifiesAll: false)
            #expect(repo.unread == nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/destination/info") == ["kept"])
            // What it held may be nowhere else in the copy.
            try repo.copySmallFiles(["objects/ab/gone"], [], &copy, verifiesAll: false)
            #expect(repo.unread?.code == .notFound)
        }
    }

    @Test("no backup goes to a folder while another does, or while it is restored from")
    func busyFolder() async throws {
        try await TestLedger.withBackup { ledger, repos, backup in
            let descriptor = open(backup.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            defer { close(descriptor) }
            for kind in [LOCK_SH, LOCK_EX] {
                #expect(flock(descriptor, kind) == 0)
                let refusal = await #expect(throws: PachError.self) {
                    try await ledger.backUp(to: backup.path, links: false, verifiesAll: false)
                }
                #expect(refusal?.code == .locked)
            }
            let refusal = await #expect(throws: PachError.self) { try await restored(repos[0], from: backup) }
            #expect(refusal?.code == .locked)
            #expect(flock(descriptor, LOCK_SH) == 0)
            let text = try await restored(repos[0], from: backup)
            #expect(text == "hello")
        }
    }

    @Test("neither a backup nor a restoration leaves anything of SQLite's or of a copy that was cut off")
    func leftovers() async throws {
        try await TestLedger.withBackup { _, _, backup in
            func extras(_ root: DataRoot) throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: root.ownPath).filter { $0.contains(".new") || $0.hasPrefix(".tmp_") }
            }
            #expect(try extras(backup) == [])
            try await withTemporaryFolder { folder in
                let root = DataRoot(path: "\(folder)/restored")
                try root.create()
                try Data("half a database".utf8).write(to: URL(filePath: FileCopy.temporaryPath(beside: root.databasePath)))
                _ = try root.restore(from: backup.path)
                #expect(try extras(root) == [])
            }
        }
    }
}
