import Engine
import Foundation
import Model
import Operations
import Synchronization
import TestSupport
import Testing

@Suite("Many at once")
struct HistoryTests {
    private static let seed = ProcessInfo.processInfo.environment["PACH_HISTORY_SEED"].flatMap(UInt64.init) ?? 20_261_121
    private static let clientCount = 6
    private static let operationCount = 60

    @Test("branch moves are linearizable, and what was read is whole, beside readers, writers, the publisher and the collector")
    func linearizable() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let branch = try Branch(repo: RepoName("ratings"), name: .master)
            try await engine.createRepo(branch.repo, description: "", update: false)
            let history = History()
            let known = KnownCommits()
            try await withThrowingTaskGroup(of: Void.self) { group in
                let collector = Task {
                    while !Task.isCancelled {
                        _ = try await engine.collectGarbage(dryRun: false)
                        _ = try await engine.fsck(publish: true, fix: false)
                    }
                }
                for client in 0..<Self.clientCount {
                    group.addTask {
                        var random = SplitMix(seed: Self.seed &+ UInt64(client))
                        for number in 0..<Self.operationCount {
                            let seen = known.all
                            switch Int.random(in: 0..<10, using: &random) {
                            case 0..<5:
                                try await history.record { try await Self.commit(client, number, to: branch, engine, known) }
                            case 5 where !seen.isEmpty:
                                let target = seen[Int.random(in: 0..<seen.count, using: &random)]
                                try await history.record {
                                    _ = try await engine.createBranch(
                                        branch, head: CommitReference(Commit(repo: branch.repo, id: target)))
                                    return .move(target)
                                }
                            case 6..<8 where !seen.isEmpty:
                                try await Self.checkFiles(of: seen[Int.random(in: 0..<seen.count, using: &random)], branch.repo, engine)
                            default:
                                // The branch is there with the first commit.
                                guard !seen.isEmpty else { continue }
                                try await history.record { .read(try await engine.inspectBranch(branch).head?.id) }
                            }
                        }
                    }
                }
                try await group.waitForAll()
                collector.cancel()
                if case .failure(let error) = await collector.result, !(error is CancellationError) { throw error }
            }
            #expect(Linearizability.holds(for: history.operations, from: nil), "seed \(Self.seed): \(history.operations)")
            let report = try await engine.fsck(publish: true, fix: false)
            #expect(report.findings.isEmpty)
        }
    }

    /// The commits that clients have made so far.
    private final class KnownCommits: Sendable {
        private let ids = Mutex<[CommitID]>([])

        var all: [CommitID] { ids.withLock { $0 } }

        func append(_ id: CommitID) {
            ids.withLock { $0.append(id) }
        }
    }

    private static func commit(
        _ client: Int, _ number: Int, to branch: Branch, _ engine: Engine, _ known: KnownCommits
    ) async throws -> History.Action {
        let text = "client \(client), \(number)\n"
        let id = try await engine.put(
            [(try FilePath("/last"), Array(text.utf8)), (try FilePath("/clients/\(client)"), Array(text.utf8))],
            in: CommitReference(branch))
        let info = try await engine.inspectCommit(CommitReference(Commit(repo: branch.repo, id: id)), wait: false)
        known.append(id)
        return .commit(id, parent: info.parentCommit?.id)
    }

    /// Both files of a commit's own client say the same: a commit is seen whole or not at all (invariant 1).
    private static func checkFiles(of commit: CommitID, _ repo: RepoName, _ engine: Engine) async throws {
        let files = try await engine.files(of: CommitReference(Commit(repo: repo, id: commit)))
        let last = try #require(files[FilePath("/last")])
        #expect(files.filter { !$0.key.parent.isRoot }.values.contains(last))
    }

    // MARK: The checker itself

    private static let ids = (0..<4).map { _ in CommitID.random() }

    private static func operation(_ action: History.Action, _ began: Int, _ ended: Int) -> History.Operation {
        History.Operation(action: action, began: began, ended: ended)
    }

    @Test("a lost update is no linearizable history: two commits on one parent")
    func lostUpdate() {
        let history = [
            Self.operation(.commit(Self.ids[0], parent: nil), 1, 2), Self.operation(.commit(Self.ids[1], parent: Self.ids[0]), 3, 6),
            Self.operation(.commit(Self.ids[2], parent: Self.ids[0]), 4, 5),
        ]
        #expect(!Linearizability.holds(for: history, from: nil))
        #expect(Linearizability.holds(for: Array(history.prefix(2)), from: nil))
    }

    @Test("a stale read is no linearizable history; a read beside the move may see either")
    func staleRead() {
        let commits = [
            Self.operation(.commit(Self.ids[0], parent: nil), 1, 2), Self.operation(.commit(Self.ids[1], parent: Self.ids[0]), 3, 6),
        ]
        #expect(!Linearizability.holds(for: commits + [Self.operation(.read(Self.ids[0]), 7, 8)], from: nil))
        #expect(Linearizability.holds(for: commits + [Self.operation(.read(Self.ids[0]), 4, 8)], from: nil))
        #expect(Linearizability.holds(for: commits + [Self.operation(.read(Self.ids[1]), 4, 5)], from: nil))
        // New, then old again: each alone is possible, both together are not.
        let both = [Self.operation(.read(Self.ids[1]), 4, 5), Self.operation(.read(Self.ids[0]), 6, 8)]
        #expect(!Linearizability.holds(for: commits + both, from: nil))
    }

    @Test("a move that nobody saw in between is found a place")
    func moves() {
        let history = [
            Self.operation(.commit(Self.ids[0], parent: nil), 1, 2), Self.operation(.commit(Self.ids[1], parent: Self.ids[0]), 3, 4),
            Self.operation(.move(Self.ids[0]), 5, 10), Self.operation(.commit(Self.ids[2], parent: Self.ids[0]), 6, 9),
            Self.operation(.read(Self.ids[1]), 7, 8),
        ]
        #expect(Linearizability.holds(for: history, from: nil))
    }
}
