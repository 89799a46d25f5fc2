import Foundation
import GitStore
import Glibc
import Model
import TestSupport
import Testing

@testable import Ledger

@Suite("What other programs leave in a repo's folder, in a backup")
struct BackupOfOthersTests {
    @Test("what another program brought, and the root keeps, stays in a backup; a collection of the restored root keeps it too")
    func foreignRef() async throws {
        try await TestLedger.withBackup { ledger, repos, backup in
            let git = try GitProgram(repository: ledger.root.repoPath(repos[0]))
            let identity = ["-c", "user.name=other", "-c", "user.email=other@localhost"]
            let foreign = try git.run(identity + ["commit-tree", "-m", "other", "-p", "master", "master^{tree}"])
            _ = try git.run("update-ref", "refs/heads/theirs", foreign)
            #expect(try await ledger.settleRefs(of: ledger.store(repos[0]).row).count == 1)
            _ = try await ledger.backUp(to: backup.path, links: false, verifiesAll: false)
            // Of refs that can no longer be read the backup keeps what it has.
            _ = try git.run("pack-refs", "--all")
            try Data("no ref\n".utf8).write(to: URL(filePath: "\(ledger.root.repoPath(repos[0]))/packed-refs"))
            #expect(try await ledger.backUp(to: backup.path, links: false, verifiesAll: false).problems.keys.sorted() == [repos[0]])
            try await withTemporaryFolder { folder in
                let root = DataRoot(path: "\(folder)/restored")
                try root.create()
                _ = try root.restore(from: backup.path)
                let restored = try Ledger(root: root)
                let options = CollectionOptions(dryRun: false, deadShareMin: 0, patience: .seconds(20))
                #expect(try await restored.collect(restored.store(repos[0]).row, options).stop == nil)
                try await restored.close()
                let git = try GitProgram(repository: root.repoPath(repos[0]))
                #expect(try git.run("for-each-ref", "--format=%(objectname)", "refs/pach/foreign") == foreign)
                #expect(try git.run("cat-file", "-t", foreign) == "commit")
            }
        }
    }

    @Test("a file that is too large to be read whole is compared by its size, and copied anew")
    func largeFile() async throws {
        try await withTemporaryFolder { folder in
            for name in ["source", "source/info", "destination"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: false)
            }
            let (path, byteCount) = ("\(folder)/source/info/large", Limits.wholeFileByteCountMax + 1)
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            #expect(truncate(path, off_t(byteCount)) == 0)
            var copy = FileCopy(links: false)
            var repo = RepoCopy(from: "\(folder)/source", to: "\(folder)/destination")
            for present in [[], ["info/large"]] as [Set<String>] {
                try repo.copySmallFiles(["info/large"], present, &copy, verifiesAll: false)
                #expect(repo.unread == nil)
            }
            #expect(try FileManager.default.attributesOfItem(atPath: "\(folder)/destination/info/large")[.size] as? Int == byteCount)
        }
    }
}
