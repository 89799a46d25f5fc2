internal import Dispatch
internal import Foundation
internal import GitStore
public import GRDB
public import Metadata
public import Model
internal import Storage
internal import Synchronization
internal import Threads

/// The only writer of names: commits, heads, jobs, refs.
///
/// All that waits to be written at one moment, of whatever repo, shares one database transaction and so one flush (group commit).
/// Objects come before names: a transaction holds the small objects that its names refer to; large ones are in synced packs already
/// (invariant 2). Heads of several repos move in one transaction (invariant 4). An answer is given once that is durable (invariant 3).
public final class Ledger: Sendable {
    /// Deflated bytes in the landing table above which writers wait for the publisher; without those of repos that cannot be published.
    public static let landedByteCountMax = 64 * 1024 * 1024
    /// Deflated bytes that repos which cannot be published may have in the landing table together. Above it those take no more commits that
    /// have their equal share, so that none pays for what another one holds.
    public static let stuckByteCountMax = 16 * 1024 * 1024
    /// At most so many changes share a transaction, so that none waits long for its own.
    public static let groupCountMax = 512

    public let root: DataRoot
    public let metadata: MetadataStore
    public let events = EventHub()
    /// The largest key that a repo was seen to have: keys are not given twice while the ledger is open.
    let lastRepoKey = Mutex<Int64>(0)
    let landed = LandedObjects()
    /// The trees that all repos keep in memory.
    let trees = TreeCache()
    /// Where all writing happens, one transaction after the other; nothing on it waits for anything but the disk.
    private let lane = DispatchQueue(label: "pach.ledger")
    private let queue = Mutex(Queue())
    private let stores = Mutex<[RepoName: RepoStore]>([:])
    /// Repos, by their keys, that could not be opened since the root was, so that what a crash left in them is still there.
    private let unrecovered = Mutex<Set<Int64>>([])
    /// Why repos, by their keys, could not be opened.
    private let unreadableRepos = Mutex<[Int64: PachError]>([:])
    /// Whether notices tell of all repos, as those of a server do; otherwise of those that this process changed.
    private let tellsOfAll = Mutex(false)
    private let changedRepos = Mutex<Set<Int64>>([])
    private let hasCrashed: Bool
    /// Whether the root was opened with something to publish, and nobody asked yet how that goes.
    let hasUntriedLeftovers = Mutex(false)
    let publisher = Publisher()
    /// Repos that a backup copies: the folders of those that are deleted go once it has ended.
    let heldRepos = Mutex<Set<RepoName>>([])
    let leases = Leases()
    /// Bounds the files that all repos together hold open (invariant 8), and hears of syncs that fail.
    let files: OpenFiles
    /// Why the disk is written no more, for good.
    private let failure: DiskFailure
    private let place: RootPlace
    /// Room for what makes room.
    public let ballast: Ballast
    /// Hear of failures that nobody waits for.
    public let notices: Notices

    private struct Queue {
        var waiting: [Change] = []
        var isScheduled = false
        /// Why no change is taken any more: the ledger was closed.
        var ended: PachError?
    }

    /// One change in a transaction that it may share with others.
    private struct Change: Sendable {
        /// May run twice, the first time without any effect.
        let apply: @Sendable (LedgerTransaction) throws -> any Sendable
        let finish: @Sendable (Result<any Sendable, any Error>) -> Void
    }

    /// Opens a data root whose lock the caller holds, and puts right what a crash left half done.
    /// - Parameter ballast: the root's; with a full disk the caller gives it up, and tries again.
    public init(root: DataRoot, ballast: Ballast, notices: Notices) throws(PachError) {
        self.root = root
        self.ballast = ballast
        self.notices = notices
        try root.requireRestored()
        try root.finishReplacingDatabase()
        try root.requireDatabase()
        let failure = DiskFailure(root: root)
        self.failure = failure
        files = OpenFiles(onSyncFailure: { failure.note($0) })
        hasCrashed = try OpenMark.set(root)
        metadata = try MetadataStore(path: root.databasePath, onDamage: { failure.note($0) })
        place = try RootPlace(root)
        try recover()
        ballast.restore()
    }

    public convenience init(root: DataRoot, notices: Notices = .none) throws(PachError) {
        try self.init(root: root, ballast: Ballast(root), notices: notices)
    }

    /// - Throws: `conflict` where the root's path leads to it no longer.
    func requireRoot() throws(PachError) { try place.require() }

    /// The same, asked by whom nobody waits for.
    var hasRoot: Bool {
        do throws(PachError) {
            try requireRoot()
            return true
        } catch {
            return false
        }
    }

    /// Why nothing is written any more, if so: a write to the database or a sync failed, or the database is damaged. It stays so until the
    /// root is opened anew.
    public var diskFailure: PachError? { failure.reason }

    // MARK: Repos

    /// The repo's objects.
    /// - Throws: `notFound`.
    public func store(_ name: RepoName) throws(PachError) -> RepoStore {
        try store(try metadata.read { try $0.existingRepo(name) })
    }

    /// The same, within a read of the database: reads do not nest.
    public func store(_ name: RepoName, in database: Database) throws -> RepoStore {
        try store(database.existingRepo(name))
    }

    /// The same, of a repo whose row is at hand.
    public func store(_ row: RepoRow) throws(PachError) -> RepoStore {
        if let store = stores.withLock({ $0[row.name] }), store.row.key == row.key { return store }
        let git: GitRepository
        do throws(PachError) {
            git = try GitRepository(opening: root.repoPath(row.name), files: files)
            try recoverOnce(git, row)
        } catch {
            let failure = unreadable(row, error)
            noteProblem(failure, of: row)
            throw failure
        }
        noteProblem(nil, of: row)
        let store = RepoStore(row: row, git: git, landed: landed, trees: trees)
        return stores.withLock { stores in
            if let other = stores[row.name], other.row.key == row.key { return other }
            stores[row.name] = store
            return store
        }
    }

    /// Notes what `problems` tells of a repo; nil where it can be read.
    func noteProblem(_ problem: PachError?, of row: RepoRow) {
        unreadableRepos.withLock { $0[row.key] = problem }
    }

    /// Removes what a crash left in a repo, before anyone else works on it: what a writer is at looks the same.
    private func recoverOnce(_ git: GitRepository, _ row: RepoRow) throws(PachError) {
        try unrecovered.withLock { (unrecovered) throws(PachError) in
            guard unrecovered.contains(row.key) else { return }
            try git.removeLeftovers()
            if hasCrashed { try git.syncPackNames() }
            unrecovered.remove(row.key)
        }
    }

    /// Opens all repos, and recovers them.
    /// - Returns: those that could be opened; what is wrong with the others `problems` tells.
    func recoverStores(_ repos: [RepoRow]) throws(PachError) -> [RepoStore] {
        unrecovered.withLock { $0 = Set(repos.map(\.key)) }
        var stores: [RepoStore] = []
        for repo in repos {
            do throws(PachError) {
                stores.append(try store(repo))
            } catch {
                // One repo that is damaged keeps nobody from the others; a disk that fails or is full does.
                if error.code != .corrupt && error.code != .inaccessible || diskFailure != nil { throw error }
            }
        }
        return stores
    }

    // MARK: Problems

    /// Why repos cannot be read, or stock Git does not see all of them. What waited to be published as the root was opened is tried first: whoever
    /// left it may have been unable to.
    public func problems() async throws -> [RepoName: PachError] {
        if hasUntriedLeftovers.withLock({ $0 }) {
            do {
                _ = try await publishRepos()
            } catch let error as PachError {
                // What concerns all repos is no repo's problem.
                notices.report(error)
            }
            hasUntriedLeftovers.withLock { $0 = false }
        }
        return try await read { [self] database in
            let failures = publisher.failedRepos.merging(unreadableRepos.withLock { $0 }) { $1 }
            guard !failures.isEmpty else { return [:] }
            return Dictionary(uniqueKeysWithValues: try database.repos().compactMap { repo in failures[repo.key].map { (repo.name, $0) } })
        }
    }

    /// From now on standard error tells of each repo that cannot be read or published, and begins with those that are known.
    public func tellOfAllProblems() async throws {
        tellsOfAll.withLock { $0 = true }
        for (_, problem) in try await problems().sorted(by: { $0.key < $1.key }) { notices.report(problem) }
    }

    /// Notes that this process changes the repo: who runs it wants to hear what becomes of that.
    func noteChange(of repo: RepoRow) {
        changedRepos.withLock { _ = $0.insert(repo.key) }
    }

    /// Whether standard error is to tell what becomes of the repo; nil stands for all of them.
    func tells(of repo: Int64?) -> Bool {
        guard let repo else { return true }
        return tellsOfAll.withLock { $0 } || changedRepos.withLock { $0.contains(repo) }
    }

    /// Why a repo cannot be read: which it is, and what helps.
    public func unreadable(_ row: RepoRow, _ error: PachError) -> PachError {
        guard !error.concernsAll, error.code != .stopped else { return error }
        let path = root.repoPath(row.name)
        guard FileManager.default.fileExists(atPath: path) else {
            return PachError(
                .corrupt, "repo \(row.name) cannot be read: its folder \(quoted(path)) is gone",
                hint: "Put the folder back where it was, restore a backup, or give the repo up with 'pach delete repo \(row.name)'.")
        }
        return error.code == .inaccessible
            ? PachError(
                .inaccessible, "repo \(row.name) cannot be read", cause: error.description,
                hint: "Let pach read what is named there, or remove it if it is not a part of the repo.")
            : PachError(
                .corrupt, "repo \(row.name) cannot be read", cause: error.description,
                hint: "'pach fsck --fix' writes anew what makes its folder a repository.")
    }

    func forgetStore(_ name: RepoName) {
        stores.withLock { $0[name] = nil }
    }

    // MARK: Reading

    /// A snapshot of what is named.
    public func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await blocking { [metadata] in try metadata.read(body) }
    }

    // MARK: Writing

    /// Makes a change, durable on return. `body` runs on the lane, in a transaction that it may share with others: it must not wait. What it
    /// throws undoes this change alone. It may run twice; what it did the first time is undone before.
    public func write<Value: Sendable>(_ body: @escaping @Sendable (LedgerTransaction) throws -> Value) async throws -> Value {
        if let failure = failure.reason { throw failure }
        // The publisher is behind: who brings more waits for it.
        if publishableByteCount > Self.landedByteCountMax { _ = try await publishRepos() }
        return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            let change = Change(apply: body) { result in
                continuation.resume(
                    with: result.map { value in
                        guard let value = value as? Value else { preconditionFailure("a change returns what its body returned") }
                        return value
                    })
            }
            let refused: PachError? = queue.withLock { queue in
                if let ended = queue.ended { return ended }
                queue.waiting.append(change)
                if !queue.isScheduled {
                    queue.isScheduled = true
                    lane.async { self.drain() }
                }
                return nil
            }
            if let refused { continuation.resume(throwing: refused) }
        }
    }

    private func drain() {
        while true {
            let group: [Change] = queue.withLock { queue in
                let group = Array(queue.waiting.prefix(Self.groupCountMax))
                queue.waiting.removeFirst(group.count)
                if group.isEmpty { queue.isScheduled = false }
                return group
            }
            if group.isEmpty { return }
            commit(group)
        }
    }

    private func commit(_ group: [Change]) {
        if let failure = failure.reason {
            for change in group { change.finish(.failure(failure)) }
            return
        }
        let transaction: LedgerTransaction
        let results: [Result<any Sendable, any Error>]
        defer { landed.unstage() }
        do throws(PachError) {
            try requireRoot()
        } catch {
            // Nothing was begun: it may be another matter with the next change.
            for change in group { change.finish(.failure(error)) }
            return
        }
        do throws(PachError) {
            (transaction, results) = try transact(group)
        } catch {
            if error.code == .io { failure.note(error) }
            for change in group { change.finish(.failure(error)) }
            return
        }
        // It is durable: from now on all may count on its objects.
        landed.settleStaged()
        // What follows is on its way before anyone is answered: whoever then closes the ledger finds it done.
        for action in transaction.afterwards { action() }
        for (change, result) in zip(group, results) { change.finish(result) }
        events.send(transaction.events)
        if transaction.leavesWorkToPublish {
            publisher.schedule(on: self, atOnce: publishableByteCount >= Publisher.roundByteCount)
        }
    }

    /// Deflated bytes that landed in repos that can be published, as far as is known.
    private var publishableByteCount: Int {
        let stuck = publisher.stuck
        return landed.byteCount { stuck[$0] == nil }
    }

    /// A repo that cannot be published may keep so much in memory, and then is refused more; others go on (invariant 8). With n such repos
    /// there are at most 1 + 1/2 + … + 1/n times the limit: each came to its share while they were fewer.
    /// - Throws: `overloaded`.
    func requireRoomToLand(in repo: RepoRow) throws(PachError) {
        let stuck = publisher.stuck
        guard let failure = stuck[repo.key] else { return }
        guard landed.byteCount(of: { stuck[$0] != nil }) >= Self.stuckByteCountMax else { return }
        let own = landed.byteCount(of: { $0 == repo.key })
        guard own >= Self.stuckByteCountMax / stuck.count else { return }
        let others = stuck.count == 1 ? "" : ", its share of \(Self.stuckByteCountMax >> 20) MiB for \(stuck.count) such repos"
        throw PachError(
            .overloaded,
            "repo \(repo.name) takes no more commits: it cannot be published, and what waits for that has reached"
                + " \(own >> 20) MiB\(others)",
            cause: failure.cause ?? failure.message,
            hint: "Other repos are not concerned, and nothing is lost. Once the cause is mended, 'pach fsck --fix' publishes what waits.")
    }

    /// Makes the changes in one transaction: first without savepoints, for which SQLite copies each page before it changes, and creates a file
    /// for the copies from 64 KiB on. Where a change then fails half done, all is undone, and done again with savepoints.
    private func transact(
        _ group: [Change]
    ) throws(PachError) -> (transaction: LedgerTransaction, results: [Result<any Sendable, any Error>]) {
        var isHalfDone = false
        do throws(PachError) {
            return try transact(group) { transaction, change in
                guard let result = try transaction.directly({ try change.apply(transaction) }) else {
                    isHalfDone = true
                    throw PachError(.conflict, "a change failed half done")
                }
                return result
            }
        } catch {
            guard isHalfDone else { throw error }
        }
        return try transact(group) { transaction, change in try transaction.inSavepoint { try change.apply(transaction) } }
    }

    private func transact(
        _ group: [Change], _ make: (LedgerTransaction, Change) throws -> Result<any Sendable, any Error>
    ) throws(PachError) -> (transaction: LedgerTransaction, results: [Result<any Sendable, any Error>]) {
        try metadata.write { database in
            let transaction = LedgerTransaction(ledger: self, database: database)
            let results = try group.map { try make(transaction, $0) }
            try transaction.landObjects()
            try transaction.tellWhetherJobsMayStart()
            return (transaction, results)
        }
    }

    /// Runs `body` in a transaction of its own, for what is no change of a user. Blocks.
    func writeAlone(_ body: (Database) throws -> Void) throws(PachError) {
        if let failure = failure.reason { throw failure }
        try requireRoot()
        do throws(PachError) {
            try metadata.write(body)
        } catch {
            if error.code == .io { failure.note(error) }
            throw error
        }
    }

    /// Takes no more changes.
    private func end(_ reason: PachError) {
        let waiting = queue.withLock { queue in
            queue.ended = queue.ended ?? reason
            defer { queue.waiting = [] }
            return queue.waiting
        }
        for change in waiting { change.finish(.failure(reason)) }
    }

    /// Publishes what landed, and closes the files.
    public func close() async throws {
        end(PachError(.stopped, "the engine stops", hint: "Try again once it runs."))
        events.close()
        await publisher.close(self)
        let isRecovered = !hasCrashed || unrecovered.withLock { $0.isEmpty }
        try await blocking { [metadata, root, failure] in
            try metadata.close()
            // What was not synced may be lost after all: whoever opens the root has to look. So has he at what could not be recovered.
            if isRecovered, failure.reason == nil { try OpenMark.remove(root) }
        }
    }

    /// Moves landed objects into packs and puts refs where they belong, now.
    /// - Returns: why it failed, by the key of each repo for which it did.
    /// - Throws: what concerns all repos.
    public func publishRepos() async throws -> [Int64: PachError] {
        try await publisher.publish(self)
    }

    /// The same, for whoever goes on where single repos cannot be published. Standard error tells of those that this process changed.
    /// - Throws: what concerns all repos.
    public func publishAndReport() async throws {
        for (repo, failure) in try await publishRepos() where tells(of: repo) { notices.report(failure) }
    }
}
