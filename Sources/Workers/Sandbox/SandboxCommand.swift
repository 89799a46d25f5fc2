/// A program to run in a sandbox.
public struct SandboxCommand: Sendable {
    /// The program and its arguments. Executed without a shell; a name without a slash is looked up in `PATH`.
    public var arguments: [String]
    /// Variables, beyond those that a sandbox always sets: `PATH`, `HOME`, `TMPDIR`, `USER`, `LOGNAME`, `LANG`, each of
    /// which may be given here. A given `PATH` is put behind the folder of pach's own programs.
    public var environment: [String: String]
    /// What the program reads as standard input; it need not read it. Held in memory.
    public var standardInput: [UInt8]
    /// After this time the program and everything it started is killed.
    public var timeout: Duration?
    /// The `PATH` of a program whose environment names none, behind the folder of pach's own programs.
    public static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    /// A path as the program sees it; nil for the code's folder, or `/` when there is no code.
    public var workingDirectory: String?

    public init(
        arguments: [String], environment: [String: String] = [:], standardInput: [UInt8] = [], timeout: Duration? = nil,
        workingDirectory: String? = nil
    ) {
        self.arguments = arguments
        self.environment = environment
        self.standardInput = standardInput
        self.timeout = timeout
        self.workingDirectory = workingDirectory
    }
}

/// Which stream of a program a line came from.
public enum OutputChannel: String, Hashable, Sendable {
    case standardOutput = "stdout"
    case standardError = "stderr"
}
