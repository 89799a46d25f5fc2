internal import CFaultRecord
internal import Dispatch
internal import Files
internal import Foundation
internal import Glibc
internal import Synchronization

/// How a program ended.
struct ProgramOutcome: Sendable {
    /// What it exited with; 128 and the signal's number where a signal ended it.
    var code: Int32
    var output: String
    var error: String

    /// The first lines of what it said, for a report.
    var summary: String {
        let text = (error + output).split(separator: "\n").prefix(4).joined(separator: " | ")
        return "exit code \(code): \(text)"
    }

    /// Whether `pach` had nothing to look at: its data root is not there, or not yet.
    var findsNoRoot: Bool { code == 1 && error.contains("there is no data root") }
}

/// What the library `pachfaults` is told to do to a program.
struct FaultPlan: Sendable {
    enum Fault: String, Sendable, Hashable, CaseIterable {
        case io = "EIO"
        case noSpace = "ENOSPC"
        case tooManyFiles = "EMFILE"
        case interrupted = "EINTR"
        case short
        /// The process ends before the operation.
        case kill
        /// The process ends after half of a write.
        case tear
    }

    var fault: Fault?
    /// The operation's number, from 1.
    var at = 0
    var isForEver = false
    /// Whether only operations that change something are counted.
    var countsWritesAlone = false
    /// Only operations on paths with this in them are counted, if any.
    var path: String?
    /// Nothing happens before this file exists, if any.
    var when: String?
    /// Only syncs are counted.
    var countsSyncsAlone = false
    /// What else the program meets; nil: the machine's own.
    var chance: Chance?

    func environment(folder: String, record: String?) -> [String: String] {
        var environment = [PACH_FAULTS_ROOT: folder]
        environment[PACH_FAULTS_RECORD] = record
        environment[PACH_FAULTS_PATH] = path
        environment[PACH_FAULTS_WHEN] = when
        if countsSyncsAlone { environment[PACH_FAULTS_KIND] = "s" }
        if countsWritesAlone { environment[PACH_FAULTS_WRITES] = "1" }
        if let fault {
            environment[PACH_FAULTS_AT] = "\(at)"
            environment[PACH_FAULTS_DO] = fault.rawValue
            if isForEver { environment[PACH_FAULTS_FOREVER] = "1" }
        }
        if let chance {
            environment[PACH_FAULTS_SEED] = "\(chance.seed)"
            environment[PACH_FAULTS_TIME] = "\(chance.time)"
            // Otherwise sets and dictionaries take their order from the addresses of memory.
            environment["SWIFT_DETERMINISTIC_HASHING"] = "1"
        }
        return environment
    }
}

/// What differs from run to run though all else is the same. With the same chance, a program leaves the same bytes, but for times that it
/// measures, and for what its threads do in turn.
struct Chance: Sendable, Hashable {
    var seed: UInt64
    /// The time of day, in seconds since 1970.
    var time: Int
}

/// A program that was started. Blocking calls: for threads of one's own.
final class ProgramRun: Sendable {
    private let process: ChildProcess
    private let outputPath: String
    private let errorPath: String

    /// - Parameters:
    ///   - words: the program's path and its arguments.
    ///   - place: a folder for what it writes, and its working directory.
    init(_ words: [String], environment: [String: String], place: String) throws {
        let serial = Self.serial.withLock { serial in
            serial += 1
            return serial
        }
        outputPath = "\(place)/output-\(serial)"
        errorPath = "\(place)/error-\(serial)"
        // Whoever interrupts the selftest does not mean the programs that it judges.
        process = try ChildProcess(
            words, in: place, environment: environment, output: .file(outputPath), error: .file(errorPath), hasOwnGroup: true)
    }

    private static let serial = Mutex(0)

    func send(_ signal: Int32) {
        kill(process.pid, signal)
    }

    /// What it has written to standard error so far.
    var errorText: String { FileManager.default.contents(atPath: errorPath).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// Whether it has ended; `wait` says how.
    var hasEnded: Bool {
        var status = siginfo_t()
        return waitid(P_PID, id_t(process.pid), &status, WEXITED | WNOHANG | WNOWAIT) != 0
            || status._sifields._sigchld.si_pid == process.pid
    }

    /// Waits until it has written `text` to standard error, or has ended.
    /// - Throws: `Problem` where it does neither within `seconds`; it is then killed.
    func wait(for text: String, seconds: Int = 60) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while !hasEnded, !errorText.contains(text) {
            guard ContinuousClock.now < end else {
                send(SIGKILL)
                let outcome = try wait()
                throw Problem("it does not say '\(text)' within \(seconds) s: \(outcome.summary)")
            }
            usleep(2_000)
        }
    }

    /// Waits for its end; one that takes longer than `seconds` is killed, and its code is 124 as with timeout(1).
    func wait(seconds: Int = 60) throws -> ProgramOutcome {
        let isLate = Mutex(false)
        let alarm = DispatchWorkItem { [process] in
            isLate.withLock { $0 = true }
            kill(process.pid, SIGKILL)
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds), execute: alarm)
        let code = try process.wait().code
        alarm.cancel()
        defer {
            unlink(outputPath)
            unlink(errorPath)
        }
        let output = FileManager.default.contents(atPath: outputPath).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return ProgramOutcome(code: isLate.withLock { $0 } ? 124 : code, output: output, error: errorText)
    }
}
