import Logging
import Model
import Operations
import ServiceLifecycle

/// Sees to it that old requests leave the head of `streaming`, in the background and in batches.
struct Keeper: Sendable {
    /// Requests that leave in one commit, during which new ones wait.
    static let batchCountMax = 128
    /// Deletions that are under way at a time.
    static let deletionCountMax = 8
    /// With a duration: how long it waits at least between two looks, so that requests leave in batches.
    static let intervalMin = Duration.seconds(1)
    /// Between a try that failed and the next.
    static let pauseMax = Duration.seconds(60)

    private let keep: Keep
    private let lane: CommitLane
    private let recent: RecentRequests
    private let engine: any Operations
    private let additions: AsyncStream<Int>
    private let pauseMin: Duration
    private let logger: Logger

    /// - Parameters:
    ///   - additions: how many requests were added in all so far; only the newest number matters.
    ///   - pauseMin: between the first try that failed and the next.
    init(
        _ keep: Keep, lane: CommitLane, recent: RecentRequests, engine: any Operations, additions: AsyncStream<Int>, pauseMin: Duration,
        logger: Logger
    ) {
        self.keep = keep
        self.pauseMin = pauseMin
        self.lane = lane
        self.recent = recent
        self.engine = engine
        self.additions = additions
        self.logger = logger
    }

    /// Goes on until the front is told to stop and no more `additions` come. Requests that leave the head at that moment still do, unless it is
    /// cancelled.
    func run() async {
        switch keep {
        case .everything: break
        case .number(let number): await keep(newest: number)
        case .duration(let duration): await keep(for: duration)
        }
    }

    private func keep(newest number: Int) async {
        await insist { try await removeAllBut(number) }
        let slack = max(1, number / 10)
        var seen = 0
        for await total in additions where total - seen >= slack {
            seen = total
            await insist { try await removeAllBut(number) }
        }
    }

    private func keep(for duration: Duration) async {
        var additions = additions.makeAsyncIterator()
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            guard let oldest = await insist({ try await removeAll(olderThan: duration) }) else { return }
            if let oldest {
                let age = Timestamp.now.since(oldest.time)
                guard await pause(max(duration - age, Self.intervalMin)) else { return }
            } else {
                guard await additions.next() != nil else { return }
            }
        }
    }

    /// Tries until it succeeds: a failure hurts no request, but who waits to leave may be the last to come for long.
    /// - Returns: nil where the front is told to stop before.
    @discardableResult private func insist<Value>(_ work: () async throws -> Value) async -> Value? {
        var interval = pauseMin
        while true {
            do {
                return try await work()
            } catch is CancellationError {
                return nil
            } catch {
                logger.warning("old requests could not leave the head, which is tried again", metadata: ["error": "\(error)"])
            }
            guard await pause(interval) else { return nil }
            interval = min(interval * 2, Self.pauseMax)
        }
    }

    /// - Returns: false where the front is told to stop meanwhile.
    private func pause(_ duration: Duration) async -> Bool {
        do {
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
            return true
        } catch {
            return false
        }
    }

    // MARK: Which

    private func removeAllBut(_ number: Int) async throws {
        var count = 0
        try await forEachAtHead { _ in
            count += 1
            return true
        }
        while count > number, !Task.isShuttingDownGracefully {
            let removed = try await removeOldest(atMost: count - number) { _ in true }
            guard removed > 0 else { return }
            count -= removed
        }
    }

    /// - Returns: the oldest that stays.
    private func removeAll(olderThan duration: Duration) async throws -> RequestName? {
        while try await removeOldest(atMost: Self.batchCountMax, where: { Timestamp.now.since($0.time) > duration }) > 0 {
            if Task.isShuttingDownGracefully { return nil }
        }
        var oldest: RequestName?
        try await forEachAtHead {
            oldest = $0
            return false
        }
        return oldest
    }

    /// Requests at the head, oldest first, until `body` returns false.
    private func forEachAtHead(_ body: (RequestName) -> Bool) async throws {
        let root = FileReference(commit: CommitReference(lane.branch), path: .root)
        do {
            for try await info in engine.walkFiles(root) {
                // Paths begin with a year, so all requests come before the folder `history`, and what else there may be is not ours.
                guard let name = info.file.path.name.flatMap({ RequestName($0.description) }), name.path == info.file.path else { continue }
                guard body(name) else { return }
            }
        } catch let error as PachError where error.code == .notFound {
            // The branch has no commit yet.
        }
    }

    // MARK: How

    /// Removes the oldest requests of one hour in one commit.
    /// - Returns: how many.
    private func removeOldest(atMost limit: Int, where condition: (RequestName) -> Bool) async throws -> Int {
        var batch: [RequestName] = []
        try await forEachAtHead { name in
            guard condition(name), batch.first.map({ $0.path.parent == name.path.parent }) ?? true else { return false }
            batch.append(name)
            return batch.count < min(limit, Self.batchCountMax)
        }
        guard let last = batch.last else { return 0 }
        let removed = batch
        // In a task of its own, which nobody cancels: a commit that was opened is finished.
        try await Task { try await lane.exclusively { try await remove(removed, upTo: last) } }.valueUnlessCancelled()
        logger.debug("requests left the head", metadata: ["count": "\(removed.count)", "last": "\(last)"])
        return removed.count
    }

    private func remove(_ names: [RequestName], upTo last: RequestName) async throws {
        let open = try await engine.startCommit(lane.branch, parent: nil, description: "\(names.count) requests leave the head")
        let commit = CommitReference(open.commit.commit)
        do {
            // First where they are, then away with them: what is cut off in between is found all the same.
            _ = try await engine.putFiles(
                FileUploads([(History.path(for: last), History.line(upTo: last, removedIn: open.commit.id))]), in: commit, mode: .append)
            try await delete(names, in: commit)
            // The commit that brought a request has its first result.
            recent.forget(names)
        } catch {
            // What was done so far is right as it is, and others wait for the branch.
            _ = try await engine.finishCommit(commit, description: nil)
            throw error
        }
        _ = try await engine.finishCommit(commit, description: nil)
    }

    private func delete(_ names: [RequestName], in commit: CommitReference) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, name) in names.enumerated() {
                if index >= Self.deletionCountMax { try await group.next() }
                group.addTask { try await delete(FileReference(commit: commit, path: name.path)) }
            }
            try await group.waitForAll()
        }
    }

    private func delete(_ file: FileReference) async throws {
        do {
            _ = try await engine.deleteFile(file, recursive: false)
        } catch let error as PachError where error.code == .notFound {
            // Somebody else was faster.
        }
    }
}
