/// Lets a bounded number through at a time; the others wait in the order in which they came.
package actor Turnstile {
    private var free: Int
    private var queue: [(ticket: Int, entry: CheckedContinuation<Void, any Error>)] = []
    private var nextTicket = 0

    package init(_ places: Int) {
        precondition(places > 0, "somebody is let through")
        free = places
    }

    /// - Throws: `CancellationError` where the task is cancelled while it waits, and what `work` throws.
    package nonisolated func pass<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws -> Value {
        try await enter()
        do {
            let value = try await work()
            await leave()
            return value
        } catch {
            await leave()
            throw error
        }
    }

    private func enter() async throws {
        if free > 0 {
            free -= 1
            return
        }
        let ticket = nextTicket
        nextTicket += 1
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (entry: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    entry.resume(throwing: CancellationError())
                } else {
                    queue.append((ticket, entry))
                }
            }
        } onCancel: {
            Task { await self.giveUp(ticket) }
        }
    }

    private func giveUp(_ ticket: Int) {
        guard let index = queue.firstIndex(where: { $0.ticket == ticket }) else { return }
        queue.remove(at: index).entry.resume(throwing: CancellationError())
    }

    private func leave() {
        if queue.isEmpty {
            free += 1
        } else {
            queue.removeFirst().entry.resume()
        }
    }
}
