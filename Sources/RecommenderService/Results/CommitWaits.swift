import Model
import Operations
import Web

/// Waits for commits to finish: one for all who ask for the same commit, and a bounded number at a time.
actor CommitWaits {
    private struct Wait {
        var commit: Task<CommitInfo, any Error>
        var askerCount: Int
    }

    private let engine: any Operations
    private let turnstile: Turnstile
    private var waits: [CommitReference: Wait] = [:]

    /// - Parameter countMax: waits that the engine is asked for at a time; further ones queue up behind them.
    init(_ engine: any Operations, countMax: Int) {
        self.engine = engine
        turnstile = Turnstile(countMax)
    }

    /// How many ask for a commit at this moment.
    func askerCount(of commit: CommitReference) -> Int { waits[commit]?.askerCount ?? 0 }

    /// The commit once it is finished.
    /// - Throws: `CancellationError` where the task is cancelled before, and what the engine throws.
    func finished(_ commit: CommitReference) async throws -> CommitInfo {
        var wait = waits[commit] ?? Wait(commit: begin(commit), askerCount: 0)
        wait.askerCount += 1
        waits[commit] = wait
        defer { leave(commit) }
        return try await wait.commit.valueUnlessCancelled()
    }

    private func begin(_ commit: CommitReference) -> Task<CommitInfo, any Error> {
        Task { [engine, turnstile] in
            try await turnstile.pass { try await engine.inspectCommit(commit, wait: true) }
        }
    }

    /// Whoever leaves last ends the wait.
    private func leave(_ commit: CommitReference) {
        guard var wait = waits[commit] else { return }
        wait.askerCount -= 1
        if wait.askerCount == 0 { wait.commit.cancel() }
        waits[commit] = wait.askerCount == 0 ? nil : wait
    }
}
