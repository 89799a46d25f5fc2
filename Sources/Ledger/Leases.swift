public import Model
internal import Synchronization

/// Who looks at objects now in order to name them later: an upload, a job. What they have seen may get a name at any moment until they are
/// done, so a collection waits for those that began before it (invariant 6).
final class Leases: Sendable {
    private struct State {
        var next = 0
        var open: [Int: Set<RepoName>] = [:]
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let state = Mutex(State())

    func begin(_ repos: Set<RepoName>) -> Lease {
        let number = state.withLock { state in
            state.next += 1
            state.open[state.next] = repos
            return state.next
        }
        return Lease(number: number, leases: self)
    }

    fileprivate func end(_ number: Int) {
        let listeners = state.withLock { state in
            state.open[number] = nil
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.yield() }
    }

    /// Returns once all leases on the repo that are held now have ended.
    /// - Returns: false where one is still held after `timeout`.
    func waitForThoseHeld(on repo: RepoName, timeout: Duration) async -> Bool {
        let limit = state.withLock { $0.next }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.released(repo, upTo: limit) }
            group.addTask {
                do { try await Task.sleep(for: timeout) } catch { return false }
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    private func released(_ repo: RepoName, upTo limit: Int) async -> Bool {
        let (changes, listener) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.next += 1
            state.listeners[state.next] = listener
            return state.next
        }
        defer { state.withLock { $0.listeners[number] = nil } }
        if !isHeld(repo, upTo: limit) { return true }
        for await _ in changes where !isHeld(repo, upTo: limit) { return true }
        return false
    }

    private func isHeld(_ repo: RepoName, upTo limit: Int) -> Bool {
        state.withLock { $0.open.contains { $0.key <= limit && $0.value.contains(repo) } }
    }
}

/// Held by whoever looks at objects in order to name them; ends when it is let go of.
public final class Lease: Sendable {
    private let number: Int
    private let leases: Leases

    fileprivate init(number: Int, leases: Leases) {
        self.number = number
        self.leases = leases
    }

    deinit {
        leases.end(number)
    }
}

extension Ledger {
    /// Runs `body`; objects of the repos that it looks at stay until it has named them.
    public func withLease<Value>(on repos: Set<RepoName>, _ body: () async throws -> Value) async throws -> Value {
        let lease = leases.begin(repos)
        defer { withExtendedLifetime(lease) {} }
        return try await body()
    }
}
