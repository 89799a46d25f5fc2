/// How a program ended, and what it used.
public struct SandboxResult: Hashable, Sendable {
    public enum Ending: Hashable, Sendable {
        /// It exited with this code, 0...255.
        case exited(code: Int32)
        /// This signal ended it, sent by itself, the kernel or another program of the run.
        case signalled(signal: Int32)
        /// It was killed because its time was over.
        case timedOut
        /// It was killed because the task that ran it was cancelled.
        case killed
        /// It could not be executed, for this `errno` reason; nothing ran.
        case notExecutable(errno: Int32)
        /// Its working directory could not be entered; nothing ran.
        case noWorkingDirectory(errno: Int32)
        /// No process could be made for it (memory, or a limit on processes); nothing ran.
        case noProcess(errno: Int32)
    }

    public var ending: Ending
    /// Processor time of all processes of the run.
    public var userTime: Duration
    public var systemTime: Duration
    /// The largest resident set that any one process of the run had, in bytes.
    public var peakMemory: Int
    /// From the request to the end of the last process.
    public var duration: Duration

    public init(ending: Ending, userTime: Duration, systemTime: Duration, peakMemory: Int, duration: Duration) {
        self.ending = ending
        self.userTime = userTime
        self.systemTime = systemTime
        self.peakMemory = peakMemory
        self.duration = duration
    }
}

extension SandboxResult.Ending: CustomStringConvertible {
    public var description: String {
        switch self {
        case .exited(let code): "exited with code \(code)"
        case .signalled(let signal): "was ended by signal \(signal)"
        case .timedOut: "was killed because its time was over"
        case .killed: "was killed"
        case .notExecutable(let error): "could not be executed: \(systemMessage(error))"
        case .noWorkingDirectory(let error): "could not be started in its working directory: \(systemMessage(error))"
        case .noProcess(let error): "could not be started: \(systemMessage(error))"
        }
    }
}
