import Logging
import Model
import Operations
import ServiceLifecycle
import Web

/// Finds the result of a request by its name, and waits for it.
///
/// It takes a bounded number of questions, however many requests there ever were: the path follows from the name, and the commit is
/// remembered, or the head's, or written down in the history.
struct ResultFinder: Sendable {
    private let requests: Branch
    private let results: Branch
    private let engine: any Operations
    private let waits: CommitWaits
    /// The newest finished commit of `results`; nil where there is none.
    private let newestCommit: SharedPoll<CommitID?>
    private let recent: RecentRequests
    private let limits: FrontConfiguration.Limits
    private let logger: Logger

    /// - Parameter waiting: the same engine for waits, which go another way than everything else, lest that queue up behind them.
    init(
        requests: Branch, results: Branch, engine: any Operations, waiting: any Operations, recent: RecentRequests,
        limits: FrontConfiguration.Limits, logger: Logger
    ) {
        self.requests = requests
        self.results = results
        self.engine = engine
        self.recent = recent
        self.limits = limits
        self.logger = logger
        waits = CommitWaits(waiting, countMax: limits.engineWaitCountMax)
        newestCommit = SharedPoll(every: limits.resultPollInterval) { try await Self.progress(of: results, engine).newestFinished }
    }

    /// - Parameters:
    ///   - text: the name that the client gives.
    ///   - patience: how long to wait where it is not ready.
    /// - Throws: an `HTTPProblem` of `notFound` for a name that was never given out; what the engine throws as it is, and an
    ///   `EngineFailure` where it does not answer.
    func result(of text: String, patience: Duration) async throws -> RequestResult {
        let deadline = ContinuousClock.now + patience
        return try await answered(within: patience + limits.engineAnswerTimeMax) { try await find(text, by: deadline) }
    }

    private func find(_ text: String, by deadline: ContinuousClock.Instant) async throws -> RequestResult {
        guard let name = RequestName(text) else { throw Self.unknown(text) }
        guard name.kind == .predict else {
            throw HTTPProblem(
                PachError(.notFound, "\(quoted(text)) names ratings, which have no result", hint: "Ask for what /predict answered."))
        }
        let remembered = recent[name]
        // Usually one question answers it.
        if remembered == nil, let data = try await newest(name) { return .ready(data) }
        let found = if let remembered { Place?.some(.head(remembered)) } else { try await place(of: name) }
        guard let place = found else { throw Self.unknown(text) }

        let output = CommitReference(Commit(repo: results.repo, id: place.id))
        // Where the commit that brought it is not remembered, a job before that of the head may have its result.
        if remembered == nil, let data = try await firstResult(of: name, upTo: output, by: deadline) { return .ready(data) }
        switch try await ending(of: output, by: deadline) {
        case .open?:
            return .notReady
        case .good?:
            if let data = try await newest(name) { return .ready(data) }
            if let data = try await read(name, in: output) { return .ready(data) }
            // Before there is a model no job brings a result, however many are under way.
            if let failure = try await emptyInputFailure() { return failure }
            if case .head = place, let later = try await fromLaterJob(name, by: deadline) { return later }
            return try await emptyInputFailure() ?? .failed("the pipeline \(results.repo) wrote no result for this request")
        case .failed(let reason)?:
            if let data = try await newest(name) { return .ready(data) }
            // Others' requests share the commit: the job may have failed on one of those.
            if let data = try await read(name, in: output) { return .ready(data) }
            if JobReason.saysSuperseded(reason) {
                guard case .head = place else { return leftUnanswered }
                if let later = try await fromLaterJob(name, by: deadline) { return later }
            }
            let job = "\(results.repo)@\(place.id)"
            // The reason may name others' requests, and quote what a program said of them.
            logger.warning("told a client that its job failed", metadata: ["job": "\(job)", "reason": "\(excerpt(reason, of: 1000))"])
            return .failed("the job \(job) failed; the operator finds out why by 'pach logs --job \(job)'")
        case nil:
            if let data = try await newest(name) { return .ready(data) }
            guard case .head = place else { return leftUnanswered }
            // The pipeline was not there, or stopped, when the request came; its first job afterwards includes it.
            if let failure = try await emptyInputFailure() { return failure }
            return try await awaitFirst(name, by: deadline)
        }
    }

    private static func unknown(_ text: String) -> HTTPProblem {
        HTTPProblem(PachError(.notFound, "no request was given the name \(quoted(text))", hint: "Ask for what /predict answered."))
    }

    private var leftUnanswered: RequestResult {
        .failed("the request left the head before the pipeline \(results.repo) came to it, or its result is no longer kept")
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
        guard let finished = try await Self.progress(of: results, engine).newestFinished else { return nil }
        return try await read(name, in: CommitReference(Commit(repo: results.repo, id: finished)))
    }

    /// What a job after the request's own makes of it, which has to be at the head, since that is all that later jobs read; nil where none is
    /// about to: a model may be on its way, the first of all, too.
    private func fromLaterJob(_ name: RequestName, by deadline: ContinuousClock.Instant) async throws -> RequestResult? {
        // While requests keep coming the head always has a job under way; the one that it has now is late enough.
        var last: CommitID?
        while let id = try await id(of: CommitReference(results)), id != last {
            last = id
            let head = CommitReference(Commit(repo: results.repo, id: id))
            if let data = try await firstResult(of: name, upTo: head, by: deadline) { return .ready(data) }
            switch try await ending(of: head, by: .now) {
            case .open?: return .notReady
            case .failed(let reason)? where JobReason.saysSuperseded(reason): continue
            // It may have ended since it was looked into.
            default: return try await newest(name).map { .ready($0) }
            }
        }
        return nil
    }

    /// The content as soon as a job brings it; nil where none does up to that of a commit, or before the deadline.
    private func firstResult(
        of name: RequestName, upTo last: CommitReference, by deadline: ContinuousClock.Instant
    ) async throws -> String? {
        while deadline > .now, try await ending(of: last, by: .now) == .open {
            // Jobs end in the order of their commits.
            guard let next = try await Self.progress(of: results, engine).oldestOpen else { return nil }
            let output = CommitReference(Commit(repo: results.repo, id: next))
            guard try await ending(of: output, by: deadline) != .open else { return nil }
            if let data = try await newest(name) { return data }
        }
        return nil
    }

    /// The content once a job has brought it, before the deadline.
    private func awaitFirst(_ name: RequestName, by deadline: ContinuousClock.Instant) async throws -> RequestResult {
        guard deadline > .now else { return .notReady }
        return try await before(deadline) { .ready(try await firstToCome(name)) } ?? .notReady
    }

    /// The content once a job has brought it.
    private func firstToCome(_ name: RequestName) async throws -> String {
        var seen: CommitID?
        while true {
            let commit = try await newestCommit.next()
            guard commit != seen else { continue }
            seen = commit
            if let data = try await newest(name) { return data }
        }
    }

    /// So many commits are looked through for a finished one at first, and at most: the engine bounds the backlog.
    private static let commitCountMin = 16
    private static let commitCountMax = 16 * 1024

    /// How far the jobs of a branch have come; nil where there is no such commit.
    private struct Progress {
        /// The newest commit that is finished, and not because a newer one took its place: older ones may still be open then.
        var newestFinished: CommitID?
        /// The first to be finished of those after it.
        var oldestOpen: CommitID?
    }

    private static func progress(of branch: Branch, _ engine: any Operations) async throws -> Progress {
        var count = commitCountMin
        while true {
            let query = CommitQuery(repo: branch.repo, to: CommitReference(branch), number: count)
            do {
                let commits = try await engine.listCommits(query)
                let finished = commits.firstIndex { $0.finished != nil && $0.error.map(JobReason.saysSuperseded) != true }
                if finished != nil || commits.count < count || count >= commitCountMax {
                    let oldestOpen = commits[..<(finished ?? commits.endIndex)].last { $0.finished == nil }
                    return Progress(newestFinished: finished.map { commits[$0].commit.id }, oldestOpen: oldestOpen?.commit.id)
                }
            } catch let error as PachError where error.code == .notFound {
                return Progress()
            }
            count *= 4
        }
    }

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

    /// That nothing can be answered yet; nil where it can.
    private func emptyInputFailure() async throws -> RequestResult? {
        try await emptyInput().map {
            .failed("there is nothing yet to answer it from: \($0), which the pipeline \(results.repo) reads, holds no file")
        }
    }

    /// What the pipeline reads beside the requests and finds empty, so that no request gives it a datum: the model, before there is one.
    private func emptyInput() async throws -> Branch? {
        do {
            let inputs = try await engine.inspectPipeline(PipelineName(results.repo.base)).spec.input.pfsInputs
            for input in inputs.map(\.source) where input != requests {
                if try await isEmpty(input) { return input }
            }
            return nil
        } catch let error as PachError where error.code == .notFound {
            // The pipeline was deleted meanwhile.
            return nil
        }
    }

    private func isEmpty(_ branch: Branch) async throws -> Bool {
        do {
            return try await engine.listFiles(FileReference(commit: CommitReference(branch), path: .root)).isEmpty
        } catch let error as PachError where error.code == .notFound {
            // The branch has no commit yet.
            return true
        } catch let error as PachError where error.code == .conflict {
            // It is being made.
            return false
        }
    }

    // MARK: Which commit

    /// Where a request is: with the commit set whose `streaming` has it and whose `predict` its last result.
    private enum Place {
        /// At the head of `streaming`, for the next jobs too.
        case head(CommitID)
        case history(CommitID)

        var id: CommitID {
            switch self {
            case .head(let id), .history(let id): id
            }
        }
    }

    /// Where a request is; nil where no `streaming` ever had it.
    private func place(of name: RequestName) async throws -> Place? {
        let head = CommitReference(requests)
        if let id = try await commit(of: name, in: head) { return .head(id) }
        // It left the head, or never was there.
        do {
            let file = try await engine.getFile(FileReference(commit: head, path: History.path(for: name)), range: nil)
            guard let bytes = try await file.content.collect(upTo: History.byteCountMax) else {
                throw PachError(.tooLarge, "\(History.path(for: name)) is longer than \(History.byteCountMax) bytes")
            }
            for line in History.lines(covering: name, in: bytes) {
                let removal = try History.commit(ofLine: line, in: bytes, of: name)
                // The line covers a span of time; whether there was a request at this very microsecond, the commit tells.
                guard let last = try await commit(of: name, in: parent(of: removal, in: requests)) else { return nil }
                // A removal that failed halfway left it at the head, which it left with a later one.
                if try await commit(of: name, in: CommitReference(Commit(repo: requests.repo, id: removal))) != nil { continue }
                return .history(try await id(of: parent(of: removal, in: results)) ?? last)
            }
            return nil
        } catch let error as PachError where error.code == .notFound {
            return nil
        }
    }

    /// The commit that `commit` stands for; nil where it does not have the request.
    private func commit(of name: RequestName, in commit: CommitReference) async throws -> CommitID? {
        do {
            return try await engine.inspectFile(FileReference(commit: commit, path: name.path)).file.commit.id
        } catch let error as PachError where error.code == .notFound {
            return nil
        }
    }

    private func parent(of id: CommitID, in branch: Branch) -> CommitReference {
        CommitReference(repo: branch.repo, start: .commit(id), steps: [.ancestor(1)])
    }

    /// The commit's id; nil where there is no such commit.
    private func id(of commit: CommitReference) async throws -> CommitID? {
        do {
            return try await engine.inspectCommit(commit, wait: false).commit.id
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
        // First without waiting: what is ready does not queue up behind others' waits.
        let info = try await engine.inspectCommit(commit, wait: false)
        guard info.finished == nil, deadline > .now else { return info }
        if let info = try await before(deadline, { try await waits.finished(commit) }) { return info }
        return try await engine.inspectCommit(commit, wait: false)
    }

    /// What `work` returns; nil where the deadline comes first, or the front is told to stop.
    private func before<Value: Sendable>(
        _ deadline: ContinuousClock.Instant, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        do {
            return try await cancelWhenGracefulShutdown { try await value(before: deadline, of: work) }
        } catch is CancellationError where !Task.isCancelled {
            return nil
        }
    }
}
