internal import GitStore
internal import Metadata
internal import Model

/// One walk over the repos that have something to publish: their packs, then their refs; in the end that is written down for all of them.
struct PublishingPass {
    typealias Failed = (place: PublishFailures.Place, error: PachError)

    /// What was published of a repo.
    private struct Published {
        var store: RepoStore
        var landed: LandingChange
        /// Those that are where they belong now.
        var refs: [DueRef]

        var isNothing: Bool { landed.isNothing && refs.isEmpty }
    }

    private let ledger: Ledger
    /// What failed before this pass.
    private let failures: PublishFailures
    /// Also what failed a moment ago is tried.
    private let triesAll: Bool
    /// Repos in which something landed, by their keys.
    private let landed: Set<Int64>
    private let due: [Int64: [DueRef]]
    private let repos: [Int64: RepoRow]
    private var published: [Published] = []
    private var worked: Set<PublishFailures.Place> = []
    /// What failed while the rest was published.
    private(set) var failed: [Failed] = []
    /// Bytes that were written to packs a second time.
    private(set) var repeatedByteCount = 0

    init(_ ledger: Ledger, _ failures: PublishFailures, triesAll: Bool) throws(PachError) {
        self.ledger = ledger
        self.failures = failures
        self.triesAll = triesAll
        // Looked at before the rows are: a repo that is made meanwhile is not taken for one that was deleted.
        landed = Set(ledger.landed.repos)
        let (due, rows) = try ledger.metadata.read { database in
            (Dictionary(grouping: try database.dueRefs(), by: \.repo), try database.repos())
        }
        self.due = due
        repos = Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0) })
    }

    /// Publishes repo by repo.
    /// - Parameter only: the keys of the repos; nil stands for all.
    /// - Returns: why some were not looked at.
    /// - Throws: where the disk failed.
    mutating func publish(in only: Set<Int64>?) throws(PachError) -> PachError? {
        for key in landed.union(due.keys).sorted() where only?.contains(key) ?? true {
            guard let repo = repos[key] else {
                // A repo that was deleted meanwhile has no use for its objects.
                ledger.landed.remove(ledger.landed.snapshot(repo: key), repo: key)
                continue
            }
            guard triesAll || failures.mayTry(.packs(key)) else { continue }
            do throws(PachError) {
                try publish(repo)
            } catch {
                if let failure = ledger.diskFailure { throw failure }
                // A full disk is full for all.
                if error.code == .outOfSpace { return Self.lackOfRoom(error) }
                failed.append((.packs(key), Self.failure(of: nil, in: repo, error)))
            }
        }
        return nil
    }

    private mutating func publish(_ repo: RepoRow) throws(PachError) {
        let store = try ledger.store(repo)
        let landing = ledger.landed.snapshot(repo: repo.key)
        let (damaged, repeated) = try store.publish(landing)
        repeatedByteCount += repeated
        worked.insert(.packs(repo.key))
        if damaged.isEmpty {
            worked.insert(.objects(repo.key))
        } else {
            failed.append((.objects(repo.key), Self.failure(of: damaged, in: repo)))
        }
        let moved = damaged.isEmpty ? try moveRefs(of: repo, in: store) : []
        let kept = landing.objects.filter { damaged[$0.key] != nil }
        published.append(Published(store: store, landed: LandingChange(repo: repo.key, landing: landing, kept: kept), refs: moved))
    }

    /// - Returns: those that are where they belong now.
    /// - Throws: where the disk failed.
    private mutating func moveRefs(of repo: RepoRow, in store: RepoStore) throws(PachError) -> [DueRef] {
        var moved: [DueRef] = []
        for ref in due[repo.key] ?? [] where triesAll || failures.mayTry(.ref(repo.key, ref.name)) {
            do throws(PachError) {
                try store.git.put(ref)
                moved.append(ref)
                worked.insert(.ref(repo.key, ref.name))
            } catch {
                if let failure = ledger.diskFailure { throw failure }
                failed.append((.ref(repo.key, ref.name), Self.failure(of: ref.name, in: repo, error)))
            }
        }
        return moved
    }

    /// Writes down what was published: its objects are landed no longer, its refs no longer due.
    func record() throws(PachError) {
        let changed = published.filter { !$0.isNothing }
        guard !changed.isEmpty else { return }
        try ledger.writeAlone { database in
            for repo in changed {
                try repo.landed.write(database)
                for ref in repo.refs { try database.markPublished(ref) }
            }
        }
        for repo in changed { ledger.landed.remove(repo.landed.removed, repo: repo.store.row.key) }
    }

    /// Repos whose objects went into packs.
    var packedStores: [RepoStore] { published.filter { !$0.landed.isNothing }.map(\.store) }

    /// Whether what failed at the place before is over: it worked, or there is nothing to do there any more.
    func isOver(_ place: PublishFailures.Place) -> Bool {
        switch place {
        case .ref(let repo, let name) where !(due[repo] ?? []).contains(where: { $0.name == name }): true
        case .objects(let repo) where !landed.contains(repo): true
        default: worked.contains(place) || place.repo.map { repos[$0] == nil } ?? false
        }
    }

    /// Says the same each time, and so is told once: the cause names a temporary file.
    private static func lackOfRoom(_ error: PachError) -> PachError {
        PachError(
            .outOfSpace, "there is no room to publish what was committed, so stock Git does not see the newest commits",
            cause: error.description, hint: "What was committed is not lost. Free some space on that disk.")
    }

    /// Says which repo it is, and what helps.
    private static func failure(of damaged: [ObjectID: PachError], in repo: RepoRow) -> PachError {
        PachError(
            .corrupt,
            "repo \(repo.name) could not be published, so stock Git does not see its newest commits: objects of theirs are damaged in the"
                + " database",
            cause: damaged.min { $0.key < $1.key }?.value.description,
            hint: "'pach fsck' names the files, which are whole once they are put again; 'pach fsck --fix' has outputs made again.")
    }

    /// The same, of a ref or of the packs.
    private static func failure(of ref: String?, in repo: RepoRow, _ error: PachError) -> PachError {
        let message =
            ref.map { "the ref \($0) of repo \(repo.name) could not be put where it belongs, so stock Git does not see its newest commit" }
            ?? "repo \(repo.name) could not be published, so stock Git does not see its newest commits"
        let help =
            error.code == .locked
            ? "Another program holds its lock file; one that a crash left is removed after a minute."
            : error.hint ?? "'pach fsck --fix' repairs what can be repaired."
        return PachError(error.code, message, cause: error.description, hint: "Nothing is lost, and it is tried again. \(help)")
    }
}

extension GitRepository {
    /// Puts a ref where the database has it, unless another program moved it since we did.
    /// - Throws: `conflict` where it is elsewhere.
    fileprivate func put(_ ref: DueRef) throws(PachError) {
        let name = try RefName(ref.name)
        let place = ref.published.map { RefExpectation.object($0) } ?? .absent
        if let target = ref.target {
            try set(name, to: target, expecting: place)
        } else {
            try delete(name, expecting: place)
        }
    }
}
