import CFaultRecord
import Foundation
import Glibc
import Selftest
import Synchronization

/// A program that runs beside the test, with its output in a file each, so that nobody has to read along.
final class Child: Sendable {
    let pid: pid_t
    private let folder: String
    private let ending = Ending()

    /// How a program ended.
    struct Outcome: Sendable {
        /// What `exit` was given; 128 and the signal's number where a signal ended it.
        var code: Int32
        /// The most memory that it had resident.
        var peakBytes: Int
        var output: String
        var error: String
    }

    private final class Ending: Sendable {
        private let state = Mutex((ended: (code: Int32, peakBytes: Int)?.none, waiters: [CheckedContinuation<Void, Never>]()))

        var value: (code: Int32, peakBytes: Int)? { state.withLock { $0.ended } }

        func set(_ code: Int32, _ peakBytes: Int) {
            let waiters = state.withLock { state in
                state.ended = (code, peakBytes)
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }

        func wait() async {
            await withCheckedContinuation { waiter in
                let hasEnded = state.withLock { state in
                    if state.ended == nil { state.waiters.append(waiter) }
                    return state.ended != nil
                }
                if hasEnded { waiter.resume() }
            }
        }
    }

    /// Starts a program; `words` are its name, looked for in the environment's `PATH`, and its arguments.
    /// - Parameters:
    ///   - input: a file to read as standard input.
    ///   - error: where standard error goes instead of into a file.
    init(_ words: [String], in place: String, environment: [String: String], input: String = "/dev/null", error: Int32? = nil) throws {
        folder = NSTemporaryDirectory() + "pach-child-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "\(folder)/output", O_WRONLY | O_CREAT, 0o600)
        if let error {
            posix_spawn_file_actions_adddup2(&actions, error, 2)
        } else {
            posix_spawn_file_actions_addopen(&actions, 2, "\(folder)/error", O_WRONLY | O_CREAT, 0o600)
        }
        // `env` goes to the folder, and looks the program up in the child's own PATH.
        let assignments = environment.map { "\($0.key)=\($0.value)" }.sorted()
        var arguments = (["env", "-i", "-C", place] + assignments + words).map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let reason = withShellSignals { posix_spawn(&pid, "/usr/bin/env", &actions, &$0, &arguments, environ) }
        guard reason == 0 else { throw Failure("could not start \(words): \(String(cString: strerror(reason)))") }
        self.pid = pid
        Thread.detachNewThread { [ending, pid] in
            var status: Int32 = 0
            var usage = rusage()
            while wait4(pid, &status, 0, &usage) < 0, errno == EINTR {}
            let signal = status & 0x7f
            ending.set(signal == 0 ? status >> 8 & 0xff : 128 + signal, usage.ru_maxrss * 1024)
        }
    }

    deinit {
        if ending.value == nil { Glibc.kill(pid, SIGKILL) }
        // What is left is swept with the machine's temporary files.
        try? FileManager.default.removeItem(atPath: folder)
    }

    func kill(_ signal: Int32) {
        if ending.value == nil { Glibc.kill(pid, signal) }
    }

    func wait() async throws -> Outcome {
        await ending.wait()
        guard let (code, peakBytes) = ending.value else { throw Failure("the program has not ended") }
        return Outcome(code: code, peakBytes: peakBytes, output: text("output"), error: text("error"))
    }

    private func text(_ name: String) -> String {
        FileManager.default.contents(atPath: "\(folder)/\(name)").map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}
