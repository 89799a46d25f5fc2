import Model
import Operations

/// Puts requests into a repo, one commit at a time.
///
/// All that wait while a commit is under way share the next, so throughput rises with load, while each is answered only once it is
/// durable.
actor CommitLane {
    /// Where a request ended up.
    struct Placed: Sendable {
        var name: RequestName
        var commit: CommitID
    }

    private struct Waiting {
        var name: RequestName
        var content: [UInt8]
        var answer: AsyncThrowingStream<Placed, any Error>.Continuation
    }

    nonisolated let branch: Branch
    private let engine: any Operations
    private let limits: FrontConfiguration.Limits
    /// Called after each commit, before its requests are answered, with them and with how many there were in all so far.
    private let onCommit: @Sendable (_ placed: [Placed], _ total: Int) -> Void
    private var names: NameClock
    private var waiting: [Waiting] = []
    private var waitingByteCount = 0
    private var total = 0
    /// Whether a commit, or somebody's exclusive turn, is under way.
    private var isBusy = false
    private var turns: [CheckedContinuation<Void, Never>] = []

    init(
        _ branch: Branch, names: NameClock, engine: any Operations, limits: FrontConfiguration.Limits,
        onCommit: @escaping @Sendable (_ placed: [Placed], _ total: Int) -> Void
    ) {
        self.branch = branch
        self.names = names
        self.engine = engine
        self.limits = limits
        self.onCommit = onCommit
    }

    /// Requests that wait for their commit to begin.
    var waitingCount: Int { waiting.count }

    /// Names a request and stores it; returns once that is durable. Who asks can be cancelled; the request is stored all the same.
    /// - Throws: `overloaded` where too many wait already; `UnknownOutcome` where it may have been stored; what the engine refuses it with.
    nonisolated func add(_ content: [UInt8]) async throws -> Placed {
        let (name, answers) = try await enqueue(content)
        for try await placed in answers { return placed }
        // The task is cancelled.
        throw UnknownOutcome(name: name, cause: CancellationError())
    }

    private func enqueue(_ content: [UInt8]) throws -> (name: RequestName, answers: AsyncThrowingStream<Placed, any Error>) {
        guard waiting.count < limits.waitingRequestCountMax, waitingByteCount + content.count <= limits.waitingByteCountMax else {
            throw PachError(
                .overloaded, "\(waiting.count) requests with \(waitingByteCount) bytes wait for repo \(branch.repo) already",
                hint: "Try again in a moment.")
        }
        let name = names.next()
        let (answers, answer) = AsyncThrowingStream.makeStream(of: Placed.self)
        waiting.append(Waiting(name: name, content: content, answer: answer))
        waitingByteCount += content.count
        passOn()
        return (name, answers)
    }

    /// Works on the branch while no commit is under way; requests that come meanwhile wait.
    func exclusively<Value: Sendable>(_ work: @Sendable () async throws -> Value) async rethrows -> Value {
        if isBusy {
            // Whoever is under way hands the turn over, so `isBusy` stays set.
            await withCheckedContinuation { turns.append($0) }
        }
        isBusy = true
        defer { handOver(preferring: .requests) }
        return try await work()
    }

    private enum Next {
        case requests
        case turn
    }

    /// Lets those go on who wait, requests and turns alternately.
    private func handOver(preferring next: Next) {
        if !turns.isEmpty, next == .turn || waiting.isEmpty {
            turns.removeFirst().resume()
        } else {
            isBusy = false
            passOn()
        }
    }

    private func passOn() {
        guard !isBusy, !waiting.isEmpty else { return }
        isBusy = true
        // In a task of its own: the commit is everybody's, and must not end because the client who came first leaves.
        Task { await commitWaiting() }
    }

    private func commitWaiting() async {
        let batch = Array(waiting.prefix(limits.requestsPerCommitMax))
        waiting.removeFirst(batch.count)
        waitingByteCount -= batch.reduce(0) { $0 + $1.content.count }
        do {
            let commit = try await engine.commit(batch.map { ($0.name.path, $0.content) }, to: branch)
            total += batch.count
            let placed = batch.map { Placed(name: $0.name, commit: commit) }
            onCommit(placed, total)
            for (request, placed) in zip(batch, placed) {
                request.answer.yield(placed)
                request.answer.finish()
            }
        } catch {
            for request in batch {
                let failure = UnknownOutcome.mayFollow(error) ? UnknownOutcome(name: request.name, cause: error) : error
                request.answer.finish(throwing: failure)
            }
        }
        handOver(preferring: .turn)
    }
}
