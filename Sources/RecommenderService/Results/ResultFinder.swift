import Model
import Operations
import ServiceLifecycle

/// Finds the result of a request by its name, and waits for it.
///
/// It takes a bounded number of questions, however many requests there ever were: the path follows from the name, and the commit is
/// remembered, or the head's, or written down in the history.
struct ResultFinder: Sendable {
    private let requests: Branch
    private let results: Branch
    private let engine: any Operations
    /// Waits go another way than everything else, which must not queue up behind them.
    private let waiting: any Operations
    private let turnstile: Turnstile
    private let recent: RecentRequests
    private let limits: FrontConfiguration.Limits

    init(
        requests: Branch, results: Branch, engine: any Operations, waiting: any Operations, recent: RecentRequests,
        limits: FrontConfiguration.Limits
    ) {
        self.requests = requests
        self.results = results
        self.engine = engine
        self.waiting = waiting
        self.recent = recent
        self.limits = limits
        turnstile = Turnstile(limits.engineWaitCountMax)
    }

    /// - Parameters:
    ///   - text: the name that the client gives.
    ///   - patience: how long to wait where it is not ready.
    /// - Throws: `notFound` for a name that was never given out.
    func result(of text: String, patience: Duration) async throws -> RequestResult {
        let deadline = ContinuousClock.now + patience
        guard let name = RequestName(text) else { throw Self.unknown(text) }
        guard name.kind == .predict else {
            throw PachError(.notFound, "\(quoted(text)) names ratings, which have no result", hint: "Ask for what /predict answered.")
        }
        let remembered = recent[name]
        // Usually one question answers it.
        if remembered == nil, let data = try await newest(name) { return .ready(data) }
        let found = if let remembered { CommitID?.some(remembered) } else { try await commit(with: name) }
        guard let id = found else { throw Self.unknown(text) }

        let output = CommitReference(Commit(repo: results.repo, id: id))
        switch try await ending(of: output, by: deadline) {
        case .open?:
            return .notReady
        case .good?:
            if let data = try await newest(name) { return .ready(data) }
            if let data = try await read(name, in: output) { return .ready(data) }
            return .failed("the pipeline \(results.repo) wrote no result for this request")
        case .failed(let reason)?:
            if let data = try await newest(name) { return .ready(data) }
            // Others' requests share the commit: the job may have failed on one of those.
            if let data = try await read(name, in: output) { return .ready(data) }
            return .failed("the job \(results.repo)@\(id) failed: \(reason)")
        case nil:
            // The pipeline was not there, or stopped, when the request came; its first job afterwards includes it.
            _ = try await ending(of: CommitReference(results), by: deadline)
            return try await newest(name).map { .ready($0) } ?? .notReady
        }
    }

    private static func unknown(_ text: String) -> PachError {
        PachError(.notFound, "no request was given the name \(quoted(text))", hint: "Ask for what /predict answered.")
    }

    // MARK: Reading

    /// The content by the newest model; nil where the request left the head, or no job has come to it.
    private func newest(_ name: RequestName) async throws -> String? {
        let head = CommitReference(results)
        do {
            return try await content(name, in: head)
        } catch let error as PachError where error.code == .notFound {
            return nil
        } catch let error as PachError where error.code == .conflict {
            // The head's job still runs, as it always does while requests keep coming: the commit before it, then.
        }
        var count = Self.commitCountMin
        while true {
            let commits = try await engine.listCommits(CommitQuery(repo: results.repo, to: head, number: count))
            if let finished = commits.first(where: { $0.finished != nil }) {
                return try await read(name, in: CommitReference(finished.commit.commit))
            }
            guard commits.count == count, count < Self.commitCountMax else { return nil }
            count *= 4
        }
    }

    /// So many commits are looked through for a finished one at first, and at most: the engine bounds the backlog.
    private static let commitCountMin = 16
    private static let commitCountMax = 16 * 1024

    /// The content; nil where the commit does not have the file, or is not finished.
    private func read(_ name: RequestName, in commit: CommitReference) async throws -> String? {
        do {
            return try await content(name, in: commit)
        } catch let error as PachError where error.code == .notFound || error.code == .conflict {
            return nil
        }
    }

    private func content(_ name: RequestName, in commit: CommitReference) async throws -> String {
        let file = try await engine.getFile(FileReference(commit: commit, path: name.path), range: nil)
        guard let bytes = try await file.content.collect(upTo: limits.resultByteCountMax) else {
            throw PachError(.tooLarge, "the result of \(name) is longer than \(limits.resultByteCountMax) bytes")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Which commit

    /// A commit of `streaming` that has the request; nil where none ever had.
    private func commit(with name: RequestName) async throws -> CommitID? {
        let head = CommitReference(requests)
        do {
            return try await engine.inspectFile(FileReference(commit: head, path: name.path)).file.commit.id
        } catch let error as PachError where error.code == .notFound {
            // It left the head, or never was there.
        }
        do {
            let file = try await engine.getFile(FileReference(commit: head, path: History.path(for: name)), range: nil)
            guard let bytes = try await file.content.collect(upTo: History.byteCountMax) else {
                throw PachError(.tooLarge, "\(History.path(for: name)) is longer than \(History.byteCountMax) bytes")
            }
            guard let id = try History.commit(with: name, in: bytes) else { return nil }
            // The line covers a span of time; whether there was a request at this very microsecond, the commit tells.
            let commit = CommitReference(Commit(repo: requests.repo, id: id))
            _ = try await engine.inspectFile(FileReference(commit: commit, path: name.path))
            return id
        } catch let error as PachError where error.code == .notFound {
            return nil
        }
    }

    // MARK: How it ended

    private enum Ending: Equatable {
        case open
        case good
        case failed(String)
    }

    /// How a commit ended; nil where there is no such commit.
    private func ending(of commit: CommitReference, by deadline: ContinuousClock.Instant) async throws -> Ending? {
        do {
            let info = try await finished(commit, by: deadline)
            guard info.finished != nil else { return .open }
            return info.error.map { .failed($0) } ?? .good
        } catch let error as PachError where error.code == .notFound {
            return nil
        }
    }

    /// The commit once it is finished, or as it is at the deadline.
    private func finished(_ commit: CommitReference, by deadline: ContinuousClock.Instant) async throws -> CommitInfo {
        if deadline > .now {
            let info = try await before(deadline) {
                try await turnstile.pass { try await waiting.inspectCommit(commit, wait: true) }
            }
            if let info { return info }
        }
        return try await engine.inspectCommit(commit, wait: false)
    }

    /// What `work` returns; nil where the deadline comes first, or the front is told to stop.
    private func before<Value: Sendable>(
        _ deadline: ContinuousClock.Instant, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        do {
            return try await cancelWhenGracefulShutdown {
                try await withThrowingTaskGroup(of: Value?.self) { group in
                    group.addTask { try await work() }
                    group.addTask {
                        try await Task.sleep(until: deadline, clock: .continuous)
                        return nil
                    }
                    defer { group.cancelAll() }
                    return try await group.next() ?? nil
                }
            }
        } catch is CancellationError where !Task.isCancelled {
            return nil
        }
    }
}
