internal import Foundation
public import GRDB
public import GitStore
public import Metadata
public import Model
public import Storage

/// A transaction of the ledger, as a change sees it. Lives on the ledger's lane, and only while the change runs.
public final class LedgerTransaction {
    public let ledger: Ledger
    public let database: Database
    /// One time for all changes of the transaction.
    public let now: Timestamp
    private var pending: [Int64: (store: RepoStore, objects: PendingObjects)] = [:]
    /// What the change under way added, to be taken back where it throws.
    private var added: [(repo: Int64, ids: [ObjectID])] = []
    private(set) var events: [LedgerEvent] = []
    private(set) var afterwards: [@Sendable () -> Void] = []
    private(set) var leavesWorkToPublish = false

    init(ledger: Ledger, database: Database) {
        self.ledger = ledger
        self.database = database
        now = Timestamp.now
    }

    /// Runs one change that cannot be undone alone.
    /// - Returns: nil where it threw half done; what is thrown before anything was done concerns nobody else.
    /// - Throws: where SQLite has undone the whole transaction, as it does when the disk fails, or finds the database damaged: that is final
    ///   (invariant 7).
    func directly(_ change: () throws -> any Sendable) throws -> Result<any Sendable, any Error>? {
        let before = (database.totalChangesCount, events.count, afterwards.count)
        added = []
        do {
            return .success(try change())
        } catch {
            guard database.isInsideTransaction, !MetadataStore.isDamage(error) else { throw error }
            guard added.isEmpty, before == (database.totalChangesCount, events.count, afterwards.count) else {
                return nil
            }
            return .failure(error is DatabaseError ? MetadataStore.translated(error, doing: "write the database") : error)
        }
    }

    /// Runs one change; what it throws undoes it and nothing else.
    /// - Throws: where the database is found damaged.
    func inSavepoint(_ change: () throws -> any Sendable) throws -> Result<any Sendable, any Error> {
        // Where SQLite had to end the whole transaction, what follows must not begin one of its own.
        guard database.isInsideTransaction else {
            return .failure(PachError(.io, "the database gave up the transaction"))
        }
        let eventCount = events.count
        let afterwardsCount = afterwards.count
        added = []
        do {
            try database.cachedStatement(sql: "SAVEPOINT change").execute()
            let value = try change()
            try database.cachedStatement(sql: "RELEASE change").execute()
            return .success(value)
        } catch {
            guard !MetadataStore.isDamage(error) else { throw error }
            events.removeSubrange(eventCount...)
            afterwards.removeSubrange(afterwardsCount...)
            for (repo, ids) in added { pending[repo]?.objects.remove(ids) }
            do {
                try database.cachedStatement(sql: "ROLLBACK TO change").execute()
                try database.cachedStatement(sql: "RELEASE change").execute()
            } catch {
                // SQLite has ended the whole transaction: its commit fails, and with it all the changes in it.
                return .failure(MetadataStore.translated(error, doing: "write the database"))
            }
            return .failure(error is DatabaseError ? MetadataStore.translated(error, doing: "write the database") : error)
        }
    }

    /// Called once all changes are made: where no job waits, nobody has to look for one, as with most small commits.
    func tellWhetherJobsMayStart() throws {
        if events.contains(where: \.mayLetJobsStart), try database.hasUnfinishedJobs() { tell(.jobsMayStart) }
    }

    /// Called once all changes are made: writes the objects that landed, and shows them to readers, so that who sees the transaction's names a
    /// moment before it returns can read their objects.
    func landObjects() throws {
        for (key, (_, objects)) in pending {
            let all = objects.all
            guard !all.isEmpty else { continue }
            let number = ledger.landed.stage(all, repo: key)
            try database.insertLanding(LandingRow(number: number, repo: key, objects: all.values.map { LandedRow($0) }))
        }
    }

    // MARK: Objects

    public func store(_ repo: RepoRow) throws(PachError) -> RepoStore {
        try pendingObjects(repo).store
    }

    /// Every object of the repo, those of this transaction included.
    public func objects(of repo: RepoRow) throws(PachError) -> any ObjectReader {
        try pendingObjects(repo).objects
    }

    private func pendingObjects(_ repo: RepoRow) throws(PachError) -> (store: RepoStore, objects: PendingObjects) {
        if let known = pending[repo.key] { return known }
        let store = try ledger.store(repo)
        let new = (store: store, objects: PendingObjects(base: store.objects))
        pending[repo.key] = new
        return new
    }

    /// Writes objects that become durable with this transaction.
    public func edit<Value>(_ repo: RepoRow, _ body: (any ObjectStore) throws -> Value) throws -> Value {
        let (store, objects) = try pendingObjects(repo)
        let batch = try store.git.makeBatch(base: objects)
        let value: Value
        do {
            value = try body(TreeRememberingStore(batch, cache: store.objects))
        } catch {
            batch.abandon()
            throw error
        }
        try land(try batch.finish(), in: repo)
        return value
    }

    /// Takes in what a batch ended with; what went into packs is durable already.
    /// - Throws: `notFound` or `conflict` where the repo was deleted since its row was read: what the batch stored, or found there, went with
    ///   it. `overloaded` where the repo cannot be published, and too much waits for that already.
    public func land(_ outcome: ObjectBatch.Outcome, in repo: RepoRow) throws {
        guard try database.existingRepo(repo.name).key == repo.key else { throw repo.replaced }
        switch outcome {
        case .small(let objects):
            guard !objects.isEmpty else { return }
            try ledger.requireRoomToLand(in: repo)
            added.append((repo.key, try pendingObjects(repo).objects.insert(objects)))
            leavesWorkToPublish = true
        case .packed:
            break
        }
        ledger.repoProblems.noteChange(of: repo)
    }

    // MARK: Refs and events

    /// Says where a Git ref of the repo has to point; nil where it has to go.
    public func setRef(_ name: String, in repo: RepoRow, to target: ObjectID?) throws {
        try database.setRef(name, in: repo, to: target)
        ledger.repoProblems.noteChange(of: repo)
        leavesWorkToPublish = true
    }

    /// Tells listeners, once the transaction is durable.
    public func tell(_ event: LedgerEvent) {
        events.append(event)
    }

    /// Runs once the transaction is durable.
    func afterwards(_ action: @escaping @Sendable () -> Void) {
        afterwards.append(action)
    }
}
