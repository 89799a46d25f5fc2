internal import Glibc

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
        /// The system has no more descriptors, memory or processes for it just now.
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

    /// `errno` values that tell of what the machine lacks just now, and nothing of what it can do. `ENOSPC` is none of them: it is what bubblewrap
    /// gets where the number of namespaces is limited (clone(2)).
    static let passing = [EAGAIN, ENOMEM, EMFILE, ENFILE, EIO]

    public var description: String {
        hint.map { "\(message) (\($0))" } ?? message
    }
}
