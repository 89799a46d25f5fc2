internal import GitStore
public import Metadata
public import Model
internal import Threads

/// How a collection is done.
public struct CollectionOptions: Sendable {
    /// Change nothing, and tell what would be.
    public var dryRun: Bool
    /// A pack is written anew where at least this share of its bytes is in no use, 0 to 1.
    public var deadShareMin: Double
    /// How long to wait for uploads and jobs that were under way on a repo when its collection began; after that it is left for next time.
    public var patience: Duration
    /// Repair what can be repaired where damage is in the way, and begin again. Reads all of the repo.
    public var repairs: Bool

    public init(dryRun: Bool, deadShareMin: Double, patience: Duration, repairs: Bool = false) {
        self.dryRun = dryRun
        self.deadShareMin = deadShareMin
        self.patience = patience
        self.repairs = repairs
    }
}

/// What the collection of a repo did, or in a dry run would do.
public struct CollectedRepo: Sendable {
    public var repo: RepoName
    public var objectsKept = 0
    public var objectsRemoved = 0
    public var bytesFreed = 0
    public var packsBefore = 0
    public var packsAfter = 0
    /// Why the repo, or the rest of it, was left as it is.
    public var stop: PachError?

    public init(repo: RepoName) {
        self.repo = repo
    }
}

extension Ledger {
    /// Frees what nobody names: neither a ref of the repo, nor a commit, finished or open, nor the index of good outputs, nor a job.
    ///
    /// Nobody waits for it: all that takes time happens beside readers and writers (invariant 6), in these steps:
    /// 1. The packs that are there are held, and all that can be reached is marked.
    /// 2. What is not marked is condemned: a writer who brings it from now on writes it again.
    /// 3. Who had asked before that, an upload or a job, may still give it a name; so we wait for them.
    /// 4. What was named since step 1 is marked too. Now nothing else can become reachable in these packs.
    /// 5. Packs in which nothing is marked go; others are written anew without the rest.
    ///
    /// What is not marked is never read: it goes whether or not it is damaged. So do packs that cannot be opened and damaged loose objects, once
    /// it is certain that nothing marked is in these alone.
    ///
    /// A crash between any two steps loses nothing, and the next collection does the rest. So does who cancels the task.
    /// - Throws: `CancellationError`, besides why it cannot be done.
    public func collect(_ repo: RepoRow, _ options: CollectionOptions) async throws -> CollectedRepo {
        let first: Result<CollectedRepo, any Error>
        do {
            first = .success(try await collectOnce(repo, options))
        } catch {
            first = .failure(error)
        }
        guard options.repairs, !options.dryRun, Self.isStoppedByDamage(first) else { return try first.get() }
        // What is in the way may be a copy, or around sound objects.
        guard let repairs = try await blocking({ try self.store(repo).repairPacks() }), !repairs.isEmpty else { return try first.get() }
        return try await collectOnce(repo, options)
    }

    private static func isStoppedByDamage(_ result: Result<CollectedRepo, any Error>) -> Bool {
        let code =
            switch result {
            case .success(let collected): collected.stop?.code
            case .failure(let error): (error as? PachError)?.code
            }
        return code == .corrupt || code == .notFound
    }

    private func collectOnce(_ repo: RepoRow, _ options: CollectionOptions) async throws -> CollectedRepo {
        let store = try store(repo)
        try Task.checkCancellation()
        // To hold a repo waits until its packs are joined: better here than on the lane.
        await publisher.merges.ended()
        // Between two rounds of publishing: a writer may count on what landed, and what landed is then written to a pack of its own.
        guard let marks = try await publisher.betweenRounds({ try store.git.holdPacks() }) else {
            var result = CollectedRepo(repo: repo.name)
            result.stop = PachError(.locked, "repo \(repo.name) is being collected or backed up already")
            return result
        }
        defer { store.git.releasePacks() }
        return try await RepoCollection.run(self, store, marks, options)
    }

    /// Joins the repo's small packs.
    public func mergePacks(of repo: RepoRow) async throws {
        let store = try store(repo)
        try await blocking { _ = try store.git.mergePacks() }
    }
}
