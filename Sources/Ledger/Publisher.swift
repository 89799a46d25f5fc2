internal import Dispatch
internal import Foundation
internal import GitStore
internal import Metadata
internal import Model
internal import Synchronization

/// Moves landed objects into packs and refs to where the database has them, a round at a time, so that stock Git sees what was
/// committed.
///
/// Order: the packs are synced and readable, then the refs move, then the rows go. A crash between two steps repeats the rest.
final class Publisher: Sendable {
    /// How long landed objects wait for others to share a pack with, at least.
    static let roundDelay = DispatchTimeInterval.milliseconds(50)
    /// Bytes a second that may be written to packs a second time, beside new objects: the next round waits as long as that takes.
    static let repeatedByteRate = 8 << 20
    /// How long after a failed round the next one is tried. A ref's lock that a crash left, or a full disk, may take a while.
    static let retryDelay = DispatchTimeInterval.seconds(1)
    /// Deflated bytes that begin a round at once.
    static let roundByteCount = 8 * 1024 * 1024

    private let lane = DispatchQueue(label: "pach.publisher", qos: .utility)
    private let isScheduled = Mutex(false)
    private let isClosed = Mutex(false)
    /// How long the next round waits for objects.
    private let delay = Mutex(Publisher.roundDelay)
    private let lastFailure = Mutex<PachError?>(nil)

    /// Begins a round soon; one that is due already serves this call too.
    func schedule(on ledger: Ledger, atOnce: Bool, after delay: DispatchTimeInterval? = nil) {
        let isFirst = isScheduled.withLock { isScheduled in
            defer { isScheduled = true }
            return !isScheduled
        }
        // A round that waits is brought forward by a second one; it then finds nothing to do.
        guard isFirst || atOnce else { return }
        lane.asyncAfter(deadline: atOnce ? .now() : .now() + (delay ?? self.delay.withLock { $0 })) { [weak ledger] in
            guard let ledger else { return }
            self.isScheduled.withLock { $0 = false }
            do throws(PachError) {
                try self.round(ledger)
            } catch {
                // What landed stays where it is, durable and readable; only stock Git does not see it yet.
                if self.isNews(error) { ledger.report(error) }
                if ledger.diskFailure == nil { self.schedule(on: ledger, atOnce: false, after: Self.retryDelay) }
            }
        }
    }

    /// A round now; returns when stock Git sees everything that was committed before the call.
    func publish(_ ledger: Ledger) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            lane.async { continuation.resume(with: Result { try self.round(ledger) }) }
        }
    }

    /// A last round; after it there is none. What it cannot publish stays landed, and is published when the root is opened next.
    func close(_ ledger: Ledger) async {
        await withCheckedContinuation { continuation in
            lane.async {
                do throws(PachError) {
                    try self.round(ledger)
                } catch {
                    ledger.report(error)
                }
                self.isClosed.withLock { $0 = true }
                continuation.resume()
            }
        }
    }

    /// Does something on the publisher's lane, where nothing else touches folders of repos.
    func run(_ ledger: Ledger, _ body: @escaping @Sendable () throws(PachError) -> Void) {
        lane.async {
            do throws(PachError) {
                try body()
            } catch {
                ledger.report(error)
            }
        }
    }

    /// Does something between two rounds, when what has landed is in no pack yet.
    func betweenRounds<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            lane.async { continuation.resume(with: Result { try body() }) }
        }
    }

    /// Whether a failure differs from that of the round before: one that lasts is told once.
    private func isNews(_ error: PachError) -> Bool {
        lastFailure.withLock { last in
            defer { last = error }
            return last?.code != error.code
        }
    }

    private func round(_ ledger: Ledger) throws(PachError) {
        if isClosed.withLock({ $0 }) { return }
        if let failure = ledger.diskFailure { throw failure }
        // Looked at before the rows are: a repo that is made meanwhile is not taken for one that was deleted.
        let landed = Set(ledger.landed.repos)
        let (due, rows) = try ledger.metadata.read { database in
            (try database.dueRefs(), try database.repos())
        }
        let repos = Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0) })
        var moved: [(store: RepoStore, landed: LandedObjects.Landing)] = []
        var repeatedByteCount = 0
        for key in landed.union(due.map(\.repo)) {
            guard let repo = repos[key] else {
                // A repo that was deleted meanwhile has no use for its objects.
                ledger.landed.remove(ledger.landed.snapshot(repo: key), repo: key)
                continue
            }
            let store = try ledger.store(repo)
            let landing = ledger.landed.snapshot(repo: key)
            guard !landing.rows.isEmpty else { continue }
            repeatedByteCount += try store.git.publish(landing.objects.values)?.repeatedByteCount ?? 0
            moved.append((store, landing))
        }
        delay.withLock {
            $0 = repeatedByteCount < 1 << 20 ? Self.roundDelay : .milliseconds(repeatedByteCount * 1000 / Self.repeatedByteRate)
        }
        for ref in due {
            guard let repo = repos[ref.repo] else { continue }
            try ledger.store(repo).git.put(ref)
        }
        lastFailure.withLock { $0 = nil }
        ledger.ballast.restore()
        guard !moved.isEmpty || !due.isEmpty else { return }
        try ledger.writeAlone { database in
            for (_, landed) in moved { try database.deleteLandings(landed.rows) }
            for ref in due { try database.markPublished(ref) }
        }
        for (store, landed) in moved { ledger.landed.remove(landed, repo: store.row.key) }
        for (store, _) in moved { _ = try store.git.mergePacks() }
    }
}

extension GitRepository {
    /// Puts a ref where the database has it, wherever it is now.
    func put(_ ref: DueRef) throws(PachError) {
        let name = try RefName(ref.name)
        if let target = ref.target {
            try set(name, to: target, expecting: .anything)
        } else {
            try delete(name, expecting: .anything)
        }
    }
}
