internal import GRDB
internal import GitStore
public import Metadata
public import Model
internal import Storage
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
        var result = CollectedRepo(repo: repo.name)
        let store = try store(repo)
        try Task.checkCancellation()
        // To hold a repo waits until its packs are joined: better here than on the lane.
        await publisher.merges.ended()
        // Between two rounds of publishing: a writer may count on what landed, and what landed is then written to a pack of its own.
        guard let marks = try await publisher.betweenRounds({ try store.git.holdPacks() }) else {
            result.stop = PachError(.locked, "repo \(repo.name) is being collected or backed up already")
            return result
        }
        defer { store.git.releasePacks() }
        let unreadable = try await blocking { try store.git.unreadablePacks() }
        result.packsBefore = marks.packCount + unreadable.count
        var reachability = Reachability(store.uncached, marks: marks)
        reachability.boundaries = try await blocking { try self.historyBoundaries(of: store).union(store.git.shallow()) }
        try await visit(&reachability, store)
        try Task.checkCancellation()
        if !options.dryRun {
            // Git hears of the end of the history before the commits behind it go (invariant 5).
            let boundaries = reachability.foundBoundaries
            try await blocking { try store.git.setShallow(boundaries) }
            store.git.condemn(reachability.marks)
            // Transactions that began before have ended when this one does.
            try await write { _ in }
            guard await leases.waitForThoseHeld(on: repo.name, timeout: options.patience) else {
                try Task.checkCancellation()
                result.stop = PachError(
                    .locked, "an upload or job that began before is still at work in repo \(repo.name)",
                    hint: "It is collected by the next 'pach gc' after that has ended.")
                result.packsAfter = result.packsBefore
                result.objectsKept = marks.objectCount
                return result
            }
            try await visit(&reachability, store)
            store.git.condemn(reachability.marks)
        }
        try Task.checkCancellation()
        let final = reachability
        // A delta that has landed takes its base along into a pack of its own, until when the base has to be there; one that is made from
        // now on has a base that is marked.
        let bases = landed.bases(repo: repo.key)
        let sweep = try await blocking {
            var marks = final.marks
            for base in bases { _ = marks.mark(base) }
            return try store.git.sweep(marks, deadShareMin: options.deadShareMin, dryRun: options.dryRun)
        }
        result.objectsKept = final.count
        result.objectsRemoved = sweep.objectsRemoved
        result.bytesFreed = sweep.bytesFreed
        result.packsAfter = result.packsBefore - sweep.packsRemoved + sweep.packsWritten
        result.stop = sweep.stop
        guard result.stop == nil, !options.dryRun else { return result }
        try Task.checkCancellation()
        result.objectsRemoved += try await blocking { try store.git.removeDamagedLoose(isNeeded: final.contains) }
        result.objectsRemoved += try await publisher.betweenRounds {
            try self.removeDamagedLanded(of: store) { final.contains($0) || bases.contains($0) }
        }
        guard !unreadable.isEmpty else { return result }
        do {
            result.bytesFreed += try await blocking {
                // What no pack had when the collection began has to be somewhere else.
                for id in final.others.union(bases.filter { !final.contains($0) }) { _ = try store.uncached.header(of: id) }
                return try store.git.removeUnreadable(unreadable)
            }
            result.packsAfter -= unreadable.count
        } catch let error as PachError where error.code == .corrupt || error.code == .notFound {
            result.stop = error
        }
        return result
    }

    /// Joins the repo's small packs.
    public func mergePacks(of repo: RepoRow) async throws {
        let store = try store(repo)
        try await blocking { _ = try store.git.mergePacks() }
    }

    /// Commits whose Git commit has parents that retention removed.
    private func historyBoundaries(of store: RepoStore) throws -> Set<ObjectID> {
        let first = try metadata.read { try $0.firstGitCommits(of: store.row) }
        return Set(try first.filter { try !GitCommit(parsing: store.uncached.read($0).bytes).parents.isEmpty })
    }

    /// Marks what can be reached from what is named now.
    private func visit(_ reachability: inout Reachability, _ store: RepoStore) async throws {
        let before = reachability
        reachability = try await Cancellation.blocking { [metadata] cancellation in
            var reachability = before
            let refs = try metadata.read { try $0.namedObjects(of: store.row) }
            try reachability.visit(refs)
            try reachability.visit(try store.git.refs(below: "refs/").map(\.id))
            var last: Int64 = 0
            while true {
                let start = last
                let page = try metadata.read { try $0.commitRoots(of: store.row, after: start, limit: Self.rootsPageCount) }
                guard let end = page.last?.seq else { return reachability }
                for roots in page {
                    try cancellation.check()
                    try reachability.visit([roots.tree] + (roots.git.map { [$0] } ?? []))
                }
                last = end
            }
        }
    }

    /// Commits whose objects are asked for at a time.
    private static let rootsPageCount = 4096
}
