/// Why a sandbox could not be set up, or could not go on.
///
/// That a *program* failed is never an error of its sandbox: see ``SandboxResult``.
public struct SandboxError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// The configuration asks for something that cannot be: a wrong name, an identity that must not be, a folder
        /// that would show what is to be hidden.
        case invalidConfiguration
        /// The command cannot be passed on: no arguments, or a NUL inside a string.
        case invalidCommand
        /// The system refused to build the sandbox.
        case setupFailed
        /// A folder of the sandbox could not be made or emptied.
        case folder
        /// ``Sandbox/run(_:onLine:)`` on a sandbox that was not started, or that was closed.
        case notStarted
        /// The sandbox runs another program already.
        case busy
        /// The sandbox ended under a running program, with everything in it. It can be started again.
        case sandboxLost
        /// The system has no more descriptors or memory for a run.
        case system
    }

    public let code: Code
    /// One sentence for a person.
    public let message: String
    /// What would help, if anything is known to.
    public let hint: String?

    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    public var description: String {
        hint.map { "\(message) (\($0))" } ?? message
    }
}
