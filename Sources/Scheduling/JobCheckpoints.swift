internal import Datums
internal import GitStore
internal import Ledger
internal import Metadata
internal import Model
internal import Storage
internal import Threads
internal import Workers

/// Makes a long job's good outputs durable while it runs, so that a crash costs seconds of work and not the job: each checkpoint adds
/// them to the index of good outputs, where the job that begins anew finds them.
actor JobCheckpoints {
    /// How long a job runs before the next checkpoint.
    static let interval = Duration.seconds(5)

    private let context: JobContext
    private let code: String
    private let ledger: Ledger
    private let batch: RotatingBatch
    /// What ended so far, all of it.
    private(set) var results: [(datum: Datum, result: DatumResult)] = []
    /// Of `results`, how many are in the index.
    private var indexedCount = 0
    /// The index as the last checkpoint left it, or as it was before somebody took it away.
    private(set) var index: ObjectID?
    /// Whether a checkpoint has begun and did not end well: its batch is lost, and with it what was written since the one before.
    private var isLost = false

    init(context: JobContext, code: String, ledger: Ledger, batch: RotatingBatch) {
        self.context = context
        self.code = code
        self.ledger = ledger
        self.batch = batch
        index = context.index
    }

    func add(_ datum: Datum, _ result: DatumResult) {
        results.append((datum, result))
    }

    /// Runs `body` and takes checkpoints meanwhile. When it returns no checkpoint is under way, so all that was written is in the batch that
    /// is in use now or durable. Where it is cancelled, or the machine fails, a last one is taken: it will be run again.
    nonisolated func kept(_ body: @escaping @Sendable () async throws -> Void) async throws {
        guard context.usesIndex else { return try await body() }
        do {
            try await Self.run(body) { try await self.keep() }
            try Task.checkCancellation()
        } catch {
            if Task.isCancelled || (error as? PachError)?.isOfTheMachine == true { try await takeAll() }
            throw error
        }
    }

    /// Runs `body`, and `keeper` beside it until `body` has ended. Where one fails the other is cancelled at once: the batch of a
    /// checkpoint that failed is lost, so that whatever else `body` did would be in vain.
    static func run(
        _ body: @escaping @Sendable () async throws -> Void, beside keeper: @escaping @Sendable () async throws -> Never
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask { try await keeper() }
            try await group.next()
            group.cancelAll()
            do {
                try await group.next()
            } catch is CancellationError {
                // The keeper was told to stop.
            }
        }
    }

    /// Takes a last checkpoint, for the same job to begin anew with.
    func takeAll() async throws {
        if context.usesIndex, !isLost { try await take() }
    }

    private func keep() async throws -> Never {
        while true {
            try await Task.sleep(for: Self.interval)
            try await take()
        }
    }

    private func take() async throws {
        let count = results.count
        let records = DatumRecord.records(of: Array(results[indexedCount...]), context, code)
        guard records.contains(where: { $0.state == .success }) else { return }
        isLost = true
        let old = index
        let (new, objects) = try await blocking { [batch, ledger, context] in
            // Waits for whoever writes an object.
            let ending = batch.replace(with: try ledger.store(context.output.repo).makeBatch())
            do {
                let new = try DatumIndex.extended(old, by: records, in: ending)
                return (new, try ending.finish())
            } catch {
                ending.abandon()
                throw error
            }
        }
        let repo = context.outputRepo
        let isKept = try await ledger.write { transaction in
            try transaction.land(objects, in: repo)
            return try transaction.setIndex(new, extending: old, in: repo)
        }
        if isKept { index = new }
        indexedCount = count
        isLost = false
    }
}

extension DatumRecord {
    /// The records of datums that ended in a job.
    static func records(of results: [(datum: Datum, result: DatumResult)], _ context: JobContext, _ code: String) -> [DatumRecord] {
        results.map { datum, result in
            DatumRecord(
                datum, hash: datum.hash(salt: context.version.salt, code: code), state: result.state, job: context.job.id,
                tries: result.tries, reason: result.reason, stats: result.stats, outputs: result.outputs)
        }
    }
}

extension LedgerTransaction {
    /// Puts an index of good outputs in the place of the one that it extends; not where that is there no more: a repair takes it away for what
    /// it names, and the new one names that, too.
    /// - Returns: whether it is there now.
    func setIndex(_ index: ObjectID?, extending old: ObjectID?, in repo: RepoRow) throws -> Bool {
        guard try database.ref(RefLayout.datums, in: repo) == old else { return false }
        try setRef(RefLayout.datums, in: repo, to: index)
        return true
    }
}

extension DatumIndex {
    /// The index with these records as well, as a Git commit of its own: it has no history, so what it forgets can be collected.
    /// - Parameter commit: the index as it is.
    ///   What is damaged is forgotten with the rest of it: an index spares work, and is made anew by doing that.
    static func extended(_ commit: ObjectID?, by records: [DatumRecord], in store: any ObjectStore) throws(PachError) -> ObjectID? {
        guard records.contains(where: { $0.state == .success }) else { return commit }
        do throws(PachError) {
            return try adding(records, to: commit, in: store)
        } catch {
            guard commit != nil, error.saysLost else { throw error }
            return try adding(records, to: nil, in: store)
        }
    }

    private static func adding(_ records: [DatumRecord], to commit: ObjectID?, in store: any ObjectStore) throws(PachError) -> ObjectID? {
        let old = DatumIndex(root: try commit.map { (id) throws(PachError) in try store.treeOfCommit(id) })
        guard let tree = try old.adding(records, in: store).root else { return commit }
        let text = "tree \(tree)\nauthor pach <pach@localhost> 0 +0000\ncommitter pach <pach@localhost> 0 +0000\n\nindex of good outputs\n"
        return try store.write(.commit, Array(text.utf8))
    }
}
