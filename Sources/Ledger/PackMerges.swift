internal import Dispatch
internal import GitStore
internal import Metadata
internal import Model
internal import Synchronization

/// Joins packs of repos where there are too many, one repo after the other on a lane of its own: that may copy gigabytes, for which no round of
/// the publisher has time.
final class PackMerges: Sendable {
    private struct State {
        /// Repos whose turn will come, with their keys: one that is made anew under a name is another one. Each once, however often it is asked
        /// for (invariant 8).
        var waiting: [RepoName: Int64] = [:]
        /// The repo whose packs are being joined, and the end of that.
        var running: (store: RepoStore, end: DispatchGroup)?
        var failures: [RepoName: Failure] = [:]
    }

    private struct Failure {
        var message: String
        /// Not before this moment is it tried again: on a full disk each trial writes until no byte is left.
        var retry: DispatchTime
    }

    private static let pause = DispatchTimeInterval.seconds(16)

    let lane = DispatchQueue(label: "pach.merges", qos: .utility)
    private let state = Mutex(State())

    /// Has a repo's packs joined when its turn comes.
    func begin(_ store: RepoStore, _ ledger: Ledger) {
        let (repo, key) = (store.row.name, store.row.key)
        let isFirst = state.withLock { state in
            if let failure = state.failures[repo], failure.retry > .now() { return false }
            return state.waiting.updateValue(key, forKey: repo) != key
        }
        guard isFirst else { return }
        lane.async { [weak ledger] in
            let end = DispatchGroup()
            end.enter()
            defer { end.leave() }
            let isWanted = self.state.withLock { state in
                guard state.waiting[repo] == key else { return false }
                state.waiting[repo] = nil
                state.running = (store, end)
                return true
            }
            guard isWanted else { return }
            if let ledger { self.merge(store, ledger) }
            self.state.withLock { $0.running = nil }
        }
    }

    /// Returns once a repo's packs are not being joined, nor will be: its folder is about to go.
    func stop(_ repo: RepoName) {
        let running = state.withLock { state in
            state.waiting[repo] = nil
            state.failures[repo] = nil
            return state.running.flatMap { $0.store.row.name == repo ? $0 : nil }
        }
        running?.store.git.stopMerging()
        running?.end.wait()
    }

    /// Returns once all that was begun has ended. Blocks.
    func finish() {
        lane.sync {}
    }

    /// The same, for who goes on to the publisher's lane and must not wait there.
    func ended() async {
        await withCheckedContinuation { continuation in
            lane.async { continuation.resume() }
        }
    }

    private func merge(_ store: RepoStore, _ ledger: Ledger) {
        // On a disk that failed, and in a root that is no longer ours, nothing is written or removed (invariant 7). The next round tells of it.
        guard ledger.diskFailure == nil, ledger.hasRoot else { return }
        do throws(PachError) {
            _ = try store.git.mergePacks()
            state.withLock { $0.failures[store.row.name] = nil }
        } catch {
            guard ledger.diskFailure == nil else { return }
            let failure = PachError(
                error.code, "the small packs of repo \(store.row.name) could not be joined", cause: error.description,
                hint: "Nothing is lost. It is tried again when more comes to the repo.")
            let isNews = state.withLock { state in
                let last = state.failures.updateValue(
                    Failure(message: failure.message, retry: .now() + Self.pause), forKey: store.row.name)
                return last?.message != failure.message
            }
            if isNews, ledger.repoProblems.tells(of: store.row.key) { ledger.notices.report(failure) }
        }
    }
}
