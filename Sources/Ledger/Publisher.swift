internal import Dispatch
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
        if failures.withLock({ $0.note(error, at: place) }), ledger.repoProblems.tells(of: place.repo) { ledger.notices.report(error) }
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

    /// - Parameter triesAll: also what failed a moment ago.
    /// - Returns: what failed while the rest was published.
    /// - Throws: what concerns all repos.
    private func round(_ ledger: Ledger, triesAll: Bool) throws(PachError) -> [PublishingPass.Failed] {
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
    private func pass(_ ledger: Ledger, in only: Set<Int64>? = nil, triesAll: Bool) throws(PachError) -> [PublishingPass.Failed] {
        var pass = try PublishingPass(ledger, failures.withLock { $0 }, triesAll: triesAll)
        let obstacle = try pass.publish(in: only)
        delay.withLock { $0 = Self.delay(after: pass.repeatedByteCount) }
        try pass.record()
        if let obstacle { throw obstacle }
        for store in pass.packedStores { merges.begin(store, ledger) }
        failures.withLock { failures in failures.forget { pass.isOver($0) } }
        return pass.failed
    }

    /// How long a round waits for objects after one that wrote so many bytes a second time.
    private static func delay(after repeatedByteCount: Int) -> DispatchTimeInterval {
        repeatedByteCount < 1 << 20 ? roundDelay : .milliseconds(repeatedByteCount * 1000 / repeatedByteRate)
    }
}
