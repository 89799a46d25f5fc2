import Dispatch
import Files
import Foundation
import Metadata
import Model
import Synchronization
import Testing

@testable import GitStore
@testable import Ledger

@Suite("The publisher")
struct PublisherTests {
    /// Keeps packs from being joined until it is signalled.
    private static func hold(_ ledger: Ledger) -> DispatchSemaphore {
        let held = DispatchSemaphore(value: 0)
        ledger.publisher.merges.lane.async { held.wait() }
        return held
    }

    /// Commits and publishes often enough that packs are to be joined, while the lane for that is held up.
    private static func fill(_ repo: RepoName, _ ledger: Ledger) async throws {
        for number in 0..<MergePlan().countMin {
            try await TestLedger.put("\(number)", at: "/f\(number)", in: repo, ledger)
            #expect(try await ledger.publishRepos().isEmpty)
        }
    }

    private static func packCount(_ repo: RepoName, _ root: DataRoot) throws -> Int {
        try Folder.names(in: "\(root.repoPath(repo))/objects/pack").count { $0.hasSuffix(".pack") }
    }

    @Test("neither a round nor a new repo waits for packs that are being joined; the end does", .timeLimit(.minutes(1)))
    func merges() async throws {
        try await TestLedger.with { ledger, root, repo in
            let held = Self.hold(ledger)
            try await Self.fill(repo, ledger)
            try await TestLedger.createRepo(RepoName("other"), ledger)
            #expect(try Self.packCount(repo, root) == MergePlan().countMin)
            held.signal()
            try await ledger.close()
            #expect(try Self.packCount(repo, root) == 1)
        }
    }

    @Test(
        "invariant 7: packs that wait to be joined are left alone once the disk failed, or the root is elsewhere",
        arguments: [false, true])
    func failures(isMoved: Bool) async throws {
        try await TestLedger.with { ledger, root, repo in
            let held = Self.hold(ledger)
            try await Self.fill(repo, ledger)
            if isMoved {
                let moved = DataRoot(path: root.path + ".moved")
                try FileManager.default.moveItem(atPath: root.path, toPath: moved.path)
                try root.create()
                try FileManager.default.moveItem(atPath: moved.repoPath(repo), toPath: root.repoPath(repo))
                try FileManager.default.removeItem(atPath: moved.path)
            } else {
                ledger.files.onSyncFailure(PachError(.io, "on purpose"))
            }
            held.signal()
            ledger.publisher.merges.finish()
            #expect(try Self.packCount(repo, root) == MergePlan().countMin)
        }
    }

    @Test("invariant 8: packs that come while a backup holds those before are joined, and those it holds stay", .timeLimit(.minutes(2)))
    func mergesBesideABackup() async throws {
        try await TestLedger.with { ledger, root, repo in
            let held = Self.hold(ledger)
            try await Self.fill(repo, ledger)
            held.signal()
            ledger.publisher.merges.finish()
            try await TestLedger.put("held", at: "/held", in: repo, ledger)
            #expect(try await ledger.publishRepos().isEmpty)
            let hold = try await ledger.holdRoot()
            let packs = try Set(Folder.names(in: "\(root.repoPath(repo))/objects/pack"))
            for _ in 0..<5 { try await Self.fill(repo, ledger) }
            ledger.publisher.merges.finish()
            let now = try Set(Folder.names(in: "\(root.repoPath(repo))/objects/pack"))
            #expect(now.isSuperset(of: packs))
            #expect(try Self.packCount(repo, root) < 2 * MergePlan().countMin + packs.count)
            ledger.release(hold)
        }
    }

    @Test("a repo that is made anew under the name of one that waited for its packs to be joined is another one")
    func namesake() async throws {
        try await TestLedger.with { ledger, root, repo in
            let held = Self.hold(ledger)
            try await Self.fill(repo, ledger)
            let row = try ledger.store(repo).row
            _ = try await ledger.write { try $0.deleteRepo(row) }
            try await ledger.publisher.betweenRounds {}
            try await TestLedger.createRepo(repo, ledger)
            try await Self.fill(repo, ledger)
            // Whoever joins them nevertheless does not know of it.
            let git = try ledger.store(repo).git
            #expect(try git.holdPacksForBackup())
            held.signal()
            ledger.publisher.merges.finish()
            #expect(try Self.packCount(repo, root) == MergePlan().countMin)
            git.releasePacks()
        }
    }

    @Test("packs of a repo that is deleted are not joined", .timeLimit(.minutes(1)))
    func deletion() async throws {
        try await TestLedger.with { ledger, root, repo in
            let held = Self.hold(ledger)
            try await Self.fill(repo, ledger)
            ledger.publisher.merges.stop(repo)
            held.signal()
            ledger.publisher.merges.finish()
            #expect(try Self.packCount(repo, root) == MergePlan().countMin)
        }
    }
}
