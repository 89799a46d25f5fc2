internal import Files
internal import Foundation
internal import Glibc
public import Model
internal import Synchronization

/// The logs of jobs: one append-only file per job, `<pipeline>/<job>.jsonl`, one `LogMessage` in JSON a line.
///
/// They outlast the job, the worker and the engine. A line is in the kernel's hands when `append` returns; logs are not synced, for a
/// power cut that takes the last lines of a log takes nothing that was promised.
public final class JobLogs: Sendable {
    /// A log grows to this many bytes; what comes after is counted, not kept.
    public static let byteCountMax = 256 * 1024 * 1024

    private let folder: String
    private let live = Mutex<[JobLink: JobLog]>([:])

    /// - Parameter folder: exists.
    public init(folder: String) {
        self.folder = folder
    }

    private func path(_ pipeline: PipelineName) -> String { "\(folder)/\(pipeline)" }
    private func path(_ job: JobLink) -> String { "\(path(job.pipeline.name))/\(job.id).jsonl" }

    /// Opens the log of a job that begins, or goes on after a crash.
    public func open(_ job: JobLink) throws(PachError) -> JobLog {
        do {
            try FileManager.default.createDirectory(atPath: path(job.pipeline.name), withIntermediateDirectories: true)
        } catch {
            throw PachError(
                .io, "could not make the folder of the logs of pipeline \(job.pipeline.name)", cause: error.localizedDescription)
        }
        let log = try JobLog(job: job, path: path(job))
        live.withLock { $0[job] = log }
        return log
    }

    /// Says that nothing more comes; whoever follows the log reads to its end and stops.
    public func close(_ log: JobLog) {
        live.withLock { live in
            if live[log.job] === log { live[log.job] = nil }
        }
        log.close()
    }

    /// Whether the job's log is being written.
    public func isOpen(_ job: JobLink) -> Bool {
        live.withLock { $0[job] != nil }
    }

    public func delete(_ job: JobLink) {
        unlink(path(job))
    }

    public func delete(_ pipeline: PipelineName) {
        // A log that stays behind harms nobody: a new pipeline's jobs have other ids.
        try? FileManager.default.removeItem(atPath: path(pipeline))
    }

    /// The lines of a job's log that the filter admits, oldest first. With `follow` also those that are written until the job has ended.
    /// - Parameter offset: where a line begins, in bytes.
    public func read(_ job: JobLink, _ filter: LogQueryFilter, from offset: Int = 0, follow: Bool) -> LogReader {
        // Before the first look, so that nothing falls between.
        let changes = follow ? live.withLock { $0[job] }?.changes() : nil
        return LogReader(LogFile(path: path(job)), filter, from: offset, changes: changes)
    }

    /// Where the last lines begin of those that are there and that the filter admits, at most `countMax`.
    public func tail(_ job: JobLink, _ filter: LogQueryFilter, countMax: Int) async throws -> LogTail {
        try await LogTail.find(in: LogFile(path: path(job)), filter, countMax: countMax)
    }
}

/// Which lines of a log are wanted.
public struct LogQueryFilter: Sendable {
    public var datum: Digest?
    /// Whether the engine's own remarks are.
    public var master: Bool
    public var since: Timestamp?

    public init(datum: Digest? = nil, master: Bool = false, since: Timestamp? = nil) {
        self.datum = datum
        self.master = master
        self.since = since
    }

    func admits(_ message: LogMessage) -> Bool {
        if !master, !message.user { return false }
        if let datum, message.datumID != datum { return false }
        if let since, message.time < since { return false }
        return true
    }
}

/// The log of a job that runs.
public final class JobLog: Sendable {
    public let job: JobLink

    private struct State {
        var descriptor: Int32
        var byteCount: Int
        var dropped = 0
        var next = 0
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        var isClosed = false
        /// By worker, the last line of standard error that was not blank.
        var lastErrors: [String: String] = [:]
    }

    private let state: Mutex<State>

    fileprivate init(job: JobLink, path: String) throws(PachError) {
        self.job = job
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SystemError.error(errno, "open the log of job \(job)")
        }
        let end = lseek(descriptor, 0, SEEK_END)
        state = Mutex(State(descriptor: descriptor, byteCount: max(0, Int(end))))
    }

    /// Adds lines, in order. A log that cannot be written does not stop the job; the job's own outcome does not depend on it.
    public func append(_ source: LogMessage.Source, _ messages: [String], datum: Digest? = nil, worker: String? = nil) {
        var bytes: [UInt8] = []
        for message in messages {
            let line = LogMessage(
                pipelineName: job.pipeline.name, jobID: job.id, datumID: datum, workerID: worker, source: source, time: .now,
                message: message)
            bytes += CanonicalJSON.bytes(of: line)
            bytes.append(UInt8(ascii: "\n"))
        }
        state.withLock { state in
            guard !state.isClosed else { return }
            if source == .stderr, let worker, let last = messages.last(where: { !$0.allSatisfy(\.isWhitespace) }) {
                state.lastErrors[worker] = last
            }
            guard state.byteCount + bytes.count <= JobLogs.byteCountMax else {
                state.dropped += messages.count
                return
            }
            var offset = 0
            while offset < bytes.count {
                let count = bytes.withUnsafeBytes { write(state.descriptor, $0.baseAddress?.advanced(by: offset), bytes.count - offset) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                offset += count
            }
            state.byteCount += offset
            for listener in state.listeners.values { listener.yield() }
        }
    }

    /// The last line that was not blank of what user code of the worker wrote to standard error, since that was forgotten.
    func lastError(of worker: String) -> String? { state.withLock { $0.lastErrors[worker] } }

    func forgetLastError(of worker: String) {
        state.withLock { $0.lastErrors[worker] = nil }
    }

    /// A signal for each time that something was added, from now on; it ends with the log.
    fileprivate func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number: Int? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.next += 1
            state.listeners[state.next] = continuation
            return state.next
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.listeners.removeValue(forKey: number) }
        }
        return stream
    }

    fileprivate func close() {
        let dropped = state.withLock { $0.dropped }
        if dropped > 0 {
            // Said in the log itself, beyond its bound by one line.
            state.withLock { $0.byteCount = 0 }
            append(.master, ["\(dropped) more lines were not kept: the log of a job holds \(JobLogs.byteCountMax) bytes"])
        }
        let listeners = state.withLock { state in
            guard !state.isClosed else { return [AsyncStream<Void>.Continuation]() }
            state.isClosed = true
            _ = Glibc.close(state.descriptor)
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}
