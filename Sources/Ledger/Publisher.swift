internal import Dispatch
internal import Foundation
internal import GitStore
internal import Metadata
internal import Model
internal import Synchronization

/// Moves landed objects into packs and refs to where the database has them, a round at a time, so that stock Git sees what was
/// committed.
///
/// Order: the packs are synced and readable, then the refs move, then the rows go. A crash between two steps repeats the rest. A repo or a ref
/// that cannot be published keeps no other waiting; and what is in a pack is not written again because a ref does not move (invariant 8).
final class Publisher: Sendable {
    /// How long landed objects wait for others to share a pack with, at least.
    static let roundDelay = DispatchTimeInterval.milliseconds(50)
    /// Bytes a second that may be written to packs a second time, beside new objects: the next round waits as long as that takes.
    static let repeatedByteRate = 8 << 20
    /// Deflated bytes that begin a round at once.
    static let roundByteCount = 8 * 1024 * 1024

    private let lane = DispatchQueue(label: "pach.publisher", qos: .utility)
    let merges = PackMerges()
    private let isScheduled = Mutex(false)
    private let isClosed = Mutex(false)
    /// How long the next round waits for objects.
    private let delay = Mutex(Publisher.roundDelay)
    private let failures = Mutex(PublishFailures())
    /// When a round is due for what failed; nil where none is.
    private let retry = Mutex<DispatchTime?>(nil)

    /// Begins a round soon; one that is due already serves this call too.
    func schedule(on ledger: Ledger, atOnce: Bool) {
        let isFirst = isScheduled.withLock { isScheduled in
            defer { isScheduled = true }
            return !isScheduled
        }
        // A round that waits is brought forward by a second one; it then finds nothing to do.
        guard isFirst || atOnce else { return }
        lane.asyncAfter(deadline: atOnce ? .now() : .now() + delay.withLock { $0 }) { [weak ledger] in
            guard let ledger else { return }
            self.isScheduled.withLock { $0 = false }
            self.roundAndReport(ledger, triesAll: false)
        }
    }

    /// A round now; when it returns, stock Git sees what was committed before the call.
    /// - Returns: why it does not see all of a repo, by the repo's key.
    func publish(_ ledger: Ledger) async throws -> [Int64: PachError] {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<[Int64: PachError], any Error>) in
            lane.async {
                continuation.resume(
                    with: Result {
                        defer { self.scheduleRetry(on: ledger) }
                        var failures: [Int64: PachError] = [:]
                        for (place, error) in try self.round(ledger, triesAll: true).sorted(by: { $0.error.message < $1.error.message }) {
                            // Who asked is told.
                            _ = self.failures.withLock { $0.note(error, at: place) }
                            if let repo = place.repo, failures[repo] == nil { failures[repo] = error }
                        }
                        return failures
                    })
            }
        }
    }

    /// Why repos take no packs, by their keys.
    var stuck: [Int64: PachError] { failures.withLock { $0.stuck } }

    /// What keeps stock Git from seeing all of a repo, by the repos' keys.
    var failedRepos: [Int64: PachError] { failures.withLock { $0.byRepo } }

    /// A last round; after it there is none, and no packs are being joined. What it cannot publish stays landed, and is published when the root
    /// is opened next.
    func close(_ ledger: Ledger) async {
        await withCheckedContinuation { continuation in
            lane.async {
                self.roundAndReport(ledger, triesAll: true)
                self.isClosed.withLock { $0 = true }
                self.merges.finish()
                continuation.resume()
            }
        }
    }

    /// Does something on the publisher's lane, where nothing else makes folders of repos or takes them away.
    func run(_ ledger: Ledger, _ body: @escaping @Sendable () throws(PachError) -> Void) {
        lane.async {
            do throws(PachError) {
                try body()
            } catch {
                ledger.notices.report(error)
            }
        }
    }

    /// Does something between two rounds, when what has landed is in no pack yet.
    func betweenRounds<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            lane.async { continuation.resume(with: Result { try body() }) }
        }
    }

    /// A round that nobody waits for. What fails in it stays where it is, durable and readable; only stock Git does not see it yet.
    private func roundAndReport(_ ledger: Ledger, triesAll: Bool) {
        do throws(PachError) {
            for (place, error) in try round(ledger, triesAll: triesAll) { note(error, at: place, ledger) }
        } catch {
            note(error, at: .root, ledger)
        }
        scheduleRetry(on: ledger)
    }

    private func note(_ error: PachError, at place: PublishFailures.Place, _ ledger: Ledger) {
        if failures.withLock({ $0.note(error, at: place) }), ledger.tells(of: place.repo) { ledger.notices.report(error) }
    }

    /// Begins a round when the next pause of something that failed is over.
    private func scheduleRetry(on ledger: Ledger) {
        guard ledger.diskFailure == nil, let time = failures.withLock({ $0.nextRetry }) else { return }
        let isSooner = retry.withLock { retry in
            if let retry, retry <= time { return false }
            retry = time
            return true
        }
        guard isSooner else { return }
        lane.asyncAfter(deadline: time) { [weak ledger] in
            guard let ledger else { return }
            self.retry.withLock { $0 = nil }
            self.roundAndReport(ledger, triesAll: false)
        }
    }

    private typealias Failed = (place: PublishFailures.Place, error: PachError)

    /// - Parameter triesAll: also what failed a moment ago.
    /// - Returns: what failed while the rest was published.
    /// - Throws: what concerns all repos.
    private func round(_ ledger: Ledger, triesAll: Bool) throws(PachError) -> [Failed] {
        if isClosed.withLock({ $0 }) { return [] }
        if let failure = ledger.diskFailure { throw failure }
        try ledger.requireRoot()
        var failed = try pass(ledger, triesAll: triesAll)
        // A ref does not move where another program's is in its way, or one is damaged; a lock is waited for.
        let unsettled = Set(failed.compactMap { $0.place.isRef && ![.locked, .outOfSpace].contains($0.error.code) ? $0.place.repo : nil })
        if !unsettled.isEmpty {
            let repos = try ledger.metadata.read { try $0.repos() }.filter { unsettled.contains($0.key) }
            for repo in repos {
                do throws(PachError) {
                    for repair in try ledger.settleRefs(of: ledger.store(repo)) { ledger.notices.report(repair) }
                } catch {
                    // The second pass says what is still wrong.
                    if let failure = ledger.diskFailure { throw failure }
                }
            }
            failed.removeAll { $0.place.repo.map(unsettled.contains) ?? false }
            failed += try pass(ledger, in: unsettled, triesAll: true)
        }
        failures.withLock { $0.forget { $0 == .root } }
        ledger.ballast.restore()
        return failed
    }

    /// Publishes what there is, repo by repo and ref by ref.
    /// - Parameter only: the keys of the repos; nil stands for all.
    private func pass(_ ledger: Ledger, in only: Set<Int64>? = nil, triesAll: Bool) throws(PachError) -> [Failed] {
        // Looked at before the rows are: a repo that is made meanwhile is not taken for one that was deleted.
        let landed = Set(ledger.landed.repos)
        let (due, rows) = try ledger.metadata.read { database in
            (Dictionary(grouping: try database.dueRefs(), by: \.repo), try database.repos())
        }
        let repos = Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0) })
        let failures = failures.withLock { $0 }
        var failed: [Failed] = []
        var worked: Set<PublishFailures.Place> = []
        var done: [(store: RepoStore, landed: LandingChange, refs: [DueRef])] = []
        var repeatedByteCount = 0
        var stop: PachError?
        for key in landed.union(due.keys).sorted() where only?.contains(key) ?? true {
            guard let repo = repos[key] else {
                // A repo that was deleted meanwhile has no use for its objects.
                ledger.landed.remove(ledger.landed.snapshot(repo: key), repo: key)
                continue
            }
            guard triesAll || failures.mayTry(.packs(key)) else { continue }
            do throws(PachError) {
                let store = try ledger.store(repo)
                let landing = ledger.landed.snapshot(repo: key)
                let (damaged, repeated) = try store.publish(landing)
                repeatedByteCount += repeated
                worked.insert(.packs(key))
                if damaged.isEmpty {
                    worked.insert(.objects(key))
                } else {
                    failed.append((.objects(key), Self.failure(of: damaged, in: repo)))
                }
                var moved: [DueRef] = []
                for ref in due[key] ?? [] where damaged.isEmpty && (triesAll || failures.mayTry(.ref(key, ref.name))) {
                    do throws(PachError) {
                        try store.git.put(ref)
                        moved.append(ref)
                        worked.insert(.ref(key, ref.name))
                    } catch {
                        if let failure = ledger.diskFailure { throw failure }
                        failed.append((.ref(key, ref.name), Self.failure(of: ref.name, in: repo, error)))
                    }
                }
                let kept = landing.objects.filter { damaged[$0.key] != nil }
                done.append((store, LandingChange(repo: key, landing: landing, kept: kept), moved))
            } catch {
                if let failure = ledger.diskFailure { throw failure }
                // A full disk is full for all.
                stop = error.code == .outOfSpace ? error : nil
                if stop != nil { break }
                failed.append((.packs(key), Self.failure(of: nil, in: repo, error)))
            }
        }
        delay.withLock {
            $0 = repeatedByteCount < 1 << 20 ? Self.roundDelay : .milliseconds(repeatedByteCount * 1000 / Self.repeatedByteRate)
        }
        done.removeAll { $0.landed.isNothing && $0.refs.isEmpty }
        if !done.isEmpty {
            try ledger.writeAlone { database in
                for (_, landed, refs) in done {
                    try landed.write(database)
                    for ref in refs { try database.markPublished(ref) }
                }
            }
        }
        for (store, landed, _) in done { ledger.landed.remove(landed.removed, repo: store.row.key) }
        if let stop { throw stop }
        for (store, landed, _) in done where !landed.isNothing { merges.begin(store, ledger) }
        self.failures.withLock { failures in
            failures.forget { place in
                if case .ref(let repo, let name) = place, !(due[repo] ?? []).contains(where: { $0.name == name }) { return true }
                if case .objects(let repo) = place, !landed.contains(repo) { return true }
                return worked.contains(place) || place.repo.map { repos[$0] == nil } ?? false
            }
        }
        return failed
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
    func put(_ ref: DueRef) throws(PachError) {
        let name = try RefName(ref.name)
        let place = ref.published.map { RefExpectation.object($0) } ?? .absent
        if let target = ref.target {
            try set(name, to: target, expecting: place)
        } else {
            try delete(name, expecting: place)
        }
    }
}
