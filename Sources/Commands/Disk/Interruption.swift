import Foundation
import Synchronization

/// A signal asked the process to end.
struct Interrupted: Error {
    let signal: Int32

    /// As a shell has it.
    var exitCode: Int32 { 128 + signal }
}

/// Does work that takes back what it did where it is cancelled, and cancels it where a signal asks the process to end.
///
/// From the first call on, a signal that nobody waits for, as a second one is, ends the process at once.
/// - Throws: `Interrupted`, once the work has ended.
func interruptible(_ work: @escaping @Sendable () async throws -> Void) async throws {
    // From here on, before there is anything to take back.
    let signals = EndSignals.all.next()
    try await withThrowingTaskGroup { group in
        group.addTask(operation: work)
        group.addTask {
            for await signal in signals { throw Interrupted(signal: signal) }
        }
        defer { group.cancelAll() }
        try await group.next()
    }
}

/// The signals that ask a process to end.
private final class EndSignals: Sendable {
    static let all = EndSignals()

    private let waiting = Mutex<[UUID: AsyncStream<Int32>.Continuation]>([:])

    private init() {
        var ends: [Int32] = [-1, -1]
        // Without it signals end the process as they always do.
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        arrivals.store(ends[1], ordering: .relaxed)
        Thread.detachNewThread { [reading = ends[0]] in
            var signal: UInt8 = 0
            while true {
                guard read(reading, &signal, 1) == 1 else { continue }
                self.arrived(Int32(signal))
            }
        }
        for signal in [SIGINT, SIGTERM, SIGHUP] { Self.trap(signal) }
    }

    private static func trap(_ signal: Int32) {
        var action = sigaction()
        sigaction(signal, nil, &action)
        // What whoever started us has us ignore, as nohup(1) does, stays so.
        guard unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) else { return }
        action.__sigaction_handler.sa_handler = noteArrival
        action.sa_flags = SA_RESTART
        sigaction(signal, &action, nil)
    }

    /// The next signal, alone.
    func next() -> AsyncStream<Int32> {
        let id = UUID()
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
        waiting.withLock { $0[id] = continuation }
        continuation.onTermination = { _ in self.waiting.withLock { _ = $0.removeValue(forKey: id) } }
        return signals
    }

    private func arrived(_ signal: Int32) {
        let waiting = waiting.withLock { waiting in
            defer { waiting = [:] }
            return Array(waiting.values)
        }
        guard !waiting.isEmpty else { _exit(Interrupted(signal: signal).exitCode) }
        for continuation in waiting {
            continuation.yield(signal)
            continuation.finish()
        }
    }
}

/// Where signals are told of: the end of a pipe.
private let arrivals = Atomic<Int32>(-1)

/// Does what is allowed where a signal may have interrupted anything (signal-safety(7)).
private func noteArrival(_ signal: Int32) {
    let reason = errno
    var byte = UInt8(truncatingIfNeeded: signal)
    _ = write(arrivals.load(ordering: .relaxed), &byte, 1)
    errno = reason
}
