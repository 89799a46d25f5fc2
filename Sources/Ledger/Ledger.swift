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

    public let root: DataRoot
    public let metadata: MetadataStore
    public let events = EventHub()
    /// The largest key that a repo was seen to have: keys are not given twice while the ledger is open.
    let lastRepoKey = Mutex<Int64>(0)
    let landed = LandedObjects()
    /// The trees that all repos keep in memory.
    let trees = TreeCache()
    private let lane = WriteLane()
    private let stores = Mutex<[RepoName: RepoStore]>([:])
    /// Repos, by their keys, that could not be opened since the root was, so that what a crash left in them is still there.
    private let unrecovered = Mutex<Set<Int64>>([])
    let repoProblems = RepoProblems()
    private let hasCrashed: Bool
    let publisher = Publisher()
    /// Repos that a backup copies: the folders of those that are deleted go once it has ended.
    let heldRepos = Mutex<Set<RepoName>>([])
    let leases = Leases()
    /// Bounds the files that all repos together hold open (invariant 8), and hears of syncs that fail.
    let files: OpenFiles
    /// Why the disk is written no more, for good.
    let failure: DiskFailure
    private let place: RootPlace
    /// Room for what makes room.
    public let ballast: Ballast
    /// Hear of failures that nobody waits for.
    public let notices: Notices

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
    /// - Throws: `conflict` where it was deleted, and one that was created in its place has a store already: there are no two at one path.
    public func store(_ row: RepoRow) throws(PachError) -> RepoStore {
        if let store = try stores.withLock({ (stores) throws(PachError) in try Self.store(of: row, among: stores) }) { return store }
        let git: GitRepository
        do throws(PachError) {
            git = try GitRepository(opening: root.repoPath(row.name), files: files)
            try recoverOnce(git, row)
        } catch {
            let failure = unreadable(row, error)
            repoProblems.note(failure, of: row)
            throw failure
        }
        repoProblems.note(nil, of: row)
        let store = RepoStore(row: row, git: git, landed: landed, trees: trees)
        return try stores.withLock { (stores) throws(PachError) in
            if let other = try Self.store(of: row, among: stores) { return other }
            stores[row.name] = store
            return store
        }
    }

    /// - Returns: nil where there is none, or that of an older repo of the name.
    private static func store(of row: RepoRow, among stores: [RepoName: RepoStore]) throws(PachError) -> RepoStore? {
        guard let store = stores[row.name], store.row.key >= row.key else { return nil }
        guard store.row.key == row.key else { throw row.replaced }
        return store
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
        if publishableByteCount > Self.landedByteCountMax { try await waitForPublisher() }
        return try await lane.write(body, to: self)
    }

    /// The publisher is behind: who brings more waits for it. Who makes room goes on where that is what it lacks.
    private func waitForPublisher() async throws {
        do {
            _ = try await publishRepos()
        } catch let error as PachError where error.code == .outOfSpace && Self.isFreeing {
            return
        }
    }

    /// Deflated bytes that landed in repos that can be published, as far as is known.
    var publishableByteCount: Int {
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

    /// Publishes what landed, and closes the files.
    public func close() async throws {
        lane.end(.engineStops)
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

    /// The same, for whoever goes on where single repos cannot be published. Notices tell of those that this process changed.
    /// - Throws: what concerns all repos.
    public func publishAndReport() async throws {
        for (repo, failure) in try await publishRepos() where repoProblems.tells(of: repo) { notices.report(failure) }
    }
}
