internal import GitStore
internal import Metadata
internal import Model
internal import Storage
internal import Threads

/// The collection of one repo whose packs are held, step by step; `Ledger.collect` says what the steps are for.
struct RepoCollection {
    private let ledger: Ledger
    private let store: RepoStore
    private let options: CollectionOptions
    /// Packs that cannot be opened.
    private let unreadable: [PackName]
    /// All that is in use, as far as it was looked for.
    private var reachability: Reachability
    /// What deltas that landed refer to, once nothing else can become reachable.
    private var bases: Set<ObjectID> = []
    private var result: CollectedRepo

    static func run(
        _ ledger: Ledger, _ store: RepoStore, _ marks: PackMarks, _ options: CollectionOptions
    ) async throws -> CollectedRepo {
        let unreadable = try await blocking { try store.git.unreadablePacks() }
        var collection = RepoCollection(ledger, store, marks, unreadable, options)
        try await collection.collect()
        return collection.result
    }

    private init(_ ledger: Ledger, _ store: RepoStore, _ marks: PackMarks, _ unreadable: [PackName], _ options: CollectionOptions) {
        self.ledger = ledger
        self.store = store
        self.options = options
        self.unreadable = unreadable
        reachability = Reachability(store.uncached, marks: marks)
        result = CollectedRepo(repo: store.row.name)
        result.packsBefore = marks.packCount + unreadable.count
        result.packsAfter = result.packsBefore
    }

    private mutating func collect() async throws {
        try await requireWholeHistory()
        reachability.boundaries = try await historyBoundaries()
        try await mark()
        try Task.checkCancellation()
        if !options.dryRun {
            try await endHistory()
            store.git.condemn(reachability.marks)
            guard try await waitForWriters() else { return }
            try await mark()
            store.git.condemn(reachability.marks)
        }
        try Task.checkCancellation()
        try await sweep()
        guard result.stop == nil, !options.dryRun else { return }
        try Task.checkCancellation()
        try await removeDamaged()
        try await removeUnreadable()
    }

    /// What a rebuild could not read may be back one day, and then leads to what nothing leads to now.
    private func requireWholeHistory() async throws {
        try await blocking { [ledger, store] in
            let lost = try ledger.metadata.read { try $0.lostCommits(of: store.row) }
            if let first = lost.first { throw store.row.lostHistory(before: first) }
        }
    }

    /// Commits whose parents retention removed, and those behind which another program brought none. Others that have no parent in the
    /// database were cut off by damage.
    private func historyBoundaries() async throws -> Set<ObjectID> {
        try await blocking { [ledger, store] in
            Set(try ledger.metadata.read { try $0.boundaries(of: store.row) }).union(try store.git.shallow())
        }
    }

    /// Marks what can be reached from what is named now.
    private mutating func mark() async throws {
        let before = reachability
        reachability = try await Cancellation.blocking { [ledger, store] cancellation in
            var reachability = before
            let refs = try ledger.metadata.read { try $0.namedObjects(of: store.row) }
            try reachability.visit(refs)
            let found = try store.git.refs(below: "refs/").filter { !$0.name.description.hasPrefix(RefLayout.foreignPrefix) }
            try reachability.visit(found.map(\.id))
            var last: Int64 = 0
            while true {
                let start = last
                let page = try ledger.metadata.read { try $0.commitRoots(of: store.row, after: start, limit: Self.rootsPageCount) }
                guard let end = page.last?.seq else { break }
                for roots in page {
                    try cancellation.check()
                    try reachability.visit([roots.tree] + (roots.git.map { [$0] } ?? []))
                }
                last = end
            }
            // Last, since what is missing is skipped in what was not visited before.
            try reachability.visit(try store.git.refs(below: RefLayout.foreignPrefix).map(\.id), isOurs: false)
            return reachability
        }
    }

    /// Commits whose objects are asked for at a time.
    static let rootsPageCount = 4096

    /// Git hears of the end of the history before the commits behind it go (invariant 5).
    private func endHistory() async throws {
        try await blocking { [store, boundaries = reachability.foundBoundaries] in try store.git.setShallow(boundaries) }
    }

    /// Waits for all who may still give a name to what is condemned.
    /// - Returns: whether they have ended.
    private mutating func waitForWriters() async throws -> Bool {
        // Transactions that began before have ended when this one does.
        try await ledger.write { _ in }
        if await ledger.leases.waitForThoseHeld(on: store.row.name, timeout: options.patience) { return true }
        try Task.checkCancellation()
        result.stop = PachError(
            .locked, "an upload or job that began before is still at work in repo \(store.row.name)",
            hint: "It is collected by the next 'pach gc' after that has ended.")
        result.objectsKept = reachability.marks.objectCount
        return false
    }

    /// Removes what is in no use from packs that can be opened.
    private mutating func sweep() async throws {
        // A delta that has landed takes its base along into a pack of its own, until when the base has to be there; one that is made from
        // now on has a base that is marked.
        bases = ledger.landed.bases(repo: store.row.key)
        let sweep = try await blocking { [store, options, bases, reachability] in
            var marks = reachability.marks
            for base in bases { _ = marks.mark(base) }
            return try store.git.sweep(marks, deadShareMin: options.deadShareMin, dryRun: options.dryRun)
        }
        result.objectsKept = reachability.count
        result.objectsRemoved = sweep.objectsRemoved
        result.bytesFreed = sweep.bytesFreed
        result.packsAfter += sweep.packsWritten - sweep.packsRemoved
        result.stop = sweep.stop
    }

    /// Removes damaged objects that are in no pack.
    private mutating func removeDamaged() async throws {
        result.objectsRemoved += try await blocking { [store, reachability] in
            try store.git.removeDamagedLoose(isNeeded: reachability.contains)
        }
        result.objectsRemoved += try await ledger.publisher.betweenRounds { [ledger, store, bases, reachability] in
            try ledger.removeDamagedLanded(of: store) { reachability.contains($0) || bases.contains($0) }
        }
    }

    /// Removes packs that cannot be opened, where nothing can be missing with them.
    private mutating func removeUnreadable() async throws {
        guard !unreadable.isEmpty else { return }
        do {
            result.bytesFreed += try await blocking { [store, unreadable, bases, reachability] in
                // What no pack had when the collection began has to be somewhere else.
                for id in reachability.others.union(bases.filter { !reachability.contains($0) }) { _ = try store.uncached.header(of: id) }
                return try store.git.removeUnreadable(unreadable)
            }
            result.packsAfter -= unreadable.count
        } catch let error as PachError where error.code == .corrupt || error.code == .notFound {
            result.stop = error
        }
    }
}
