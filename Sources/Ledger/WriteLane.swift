internal import Dispatch
internal import Metadata
internal import Model
internal import Synchronization

/// Where all writing happens, one transaction after the other; nothing on it waits for anything but the disk. All changes that wait at one
/// moment share a transaction, and so one flush (group commit).
final class WriteLane: Sendable {
    /// At most so many changes share a transaction, so that none waits long for its own.
    private static let groupCountMax = 512

    private let lane = DispatchQueue(label: "pach.ledger")
    private let queue = Mutex(Queue())

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

    /// Makes a change, durable on return.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (LedgerTransaction) throws -> Value, to ledger: Ledger
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
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
                    lane.async { self.drain(ledger) }
                }
                return nil
            }
            if let refused { continuation.resume(throwing: refused) }
        }
    }

    /// Takes no more changes.
    func end(_ reason: PachError) {
        let waiting = queue.withLock { queue in
            queue.ended = queue.ended ?? reason
            defer { queue.waiting = [] }
            return queue.waiting
        }
        for change in waiting { change.finish(.failure(reason)) }
    }

    private func drain(_ ledger: Ledger) {
        while true {
            let group: [Change] = queue.withLock { queue in
                let group = Array(queue.waiting.prefix(Self.groupCountMax))
                queue.waiting.removeFirst(group.count)
                if group.isEmpty { queue.isScheduled = false }
                return group
            }
            if group.isEmpty { return }
            commit(group, ledger)
        }
    }

    private func commit(_ group: [Change], _ ledger: Ledger) {
        if let failure = ledger.diskFailure {
            for change in group { change.finish(.failure(failure)) }
            return
        }
        let transaction: LedgerTransaction
        let results: [Result<any Sendable, any Error>]
        defer { ledger.landed.unstage() }
        do throws(PachError) {
            try ledger.requireRoot()
        } catch {
            // Nothing was begun: it may be another matter with the next change.
            for change in group { change.finish(.failure(error)) }
            return
        }
        do throws(PachError) {
            (transaction, results) = try transact(group, ledger)
        } catch {
            if error.code == .io { ledger.failure.note(error) }
            for change in group { change.finish(.failure(error)) }
            return
        }
        // It is durable: from now on all may count on its objects.
        ledger.landed.settleStaged()
        // What follows is on its way before anyone is answered: whoever then closes the ledger finds it done.
        for action in transaction.afterwards { action() }
        for (change, result) in zip(group, results) { change.finish(result) }
        ledger.events.send(transaction.events)
        if transaction.leavesWorkToPublish {
            ledger.publisher.schedule(on: ledger, atOnce: ledger.publishableByteCount >= Publisher.roundByteCount)
        }
    }

    /// Makes the changes in one transaction: first without savepoints, for which SQLite copies each page before it changes, and creates a file
    /// for the copies from 64 KiB on. Where a change then fails half done, all is undone, and done again with savepoints.
    private func transact(
        _ group: [Change], _ ledger: Ledger
    ) throws(PachError) -> (transaction: LedgerTransaction, results: [Result<any Sendable, any Error>]) {
        var isHalfDone = false
        do throws(PachError) {
            return try transact(group, ledger) { transaction, change in
                guard let result = try transaction.directly({ try change.apply(transaction) }) else {
                    isHalfDone = true
                    throw PachError(.conflict, "a change failed half done")
                }
                return result
            }
        } catch {
            guard isHalfDone else { throw error }
        }
        return try transact(group, ledger) { transaction, change in try transaction.inSavepoint { try change.apply(transaction) } }
    }

    private func transact(
        _ group: [Change], _ ledger: Ledger, _ make: (LedgerTransaction, Change) throws -> Result<any Sendable, any Error>
    ) throws(PachError) -> (transaction: LedgerTransaction, results: [Result<any Sendable, any Error>]) {
        try ledger.metadata.write { database in
            let transaction = LedgerTransaction(ledger: ledger, database: database)
            let results = try group.map { try make(transaction, $0) }
            try transaction.landObjects()
            try transaction.tellWhetherJobsMayStart()
            return (transaction, results)
        }
    }
}
