import Files
import Foundation
import Glibc
import Synchronization

/// A program that runs beside the test, with its output in a file each, so that nobody has to read along.
final class Child: Sendable {
    var pid: pid_t { process.pid }
    private let process: ChildProcess
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
        typealias Value = Result<(code: Int32, peakBytes: Int), any Error>

        private let state = Mutex((ended: Value?.none, waiters: [CheckedContinuation<Void, Never>]()))

        var value: Value? { state.withLock { $0.ended } }

        func set(_ value: Value) {
            let waiters = state.withLock { state in
                state.ended = value
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

        // `env` looks the program up in the child's own PATH.
        process = try ChildProcess(
            ["/usr/bin/env"] + words, in: place, environment: environment, input: .file(input), output: .file("\(folder)/output"),
            error: error.map { .descriptor($0) } ?? .file("\(folder)/error"))
        Thread.detachNewThread { [ending, process] in ending.set(Result { try process.wait() }) }
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
        guard let (code, peakBytes) = try ending.value?.get() else { throw Failure("the program has not ended") }
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
