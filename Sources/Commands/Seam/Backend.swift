public import Model
public import Operations

/// What the commands need of the rest of the house: ways to reach an engine. Whoever builds the program gives one to `Pach.run`.
public protocol Backend: Sendable {
    /// The version of the program itself.
    var version: VersionInfo { get }

    /// Opens a data root, or connects to the server that holds it.
    /// - Parameter onWaiting: called at most once, with a sentence to show, when another process holds the root for more than a second.
    /// - Throws: `locked` where it is still held after `options.lockTimeout`; `notFound` where there is none and none is to be made.
    func open(_ options: OpenOptions, onWaiting: @escaping @Sendable (String) -> Void) async throws -> Connection

    /// Makes the database of a data root anew from its repos; see `RebuildReport`.
    /// - Throws: `locked` where another process holds the root.
    func rebuild(_ options: OpenOptions, onWaiting: @escaping @Sendable (String) -> Void) async throws -> RebuildReport

    /// Fills an empty data root from a backup.
    /// - Parameter folder: an absolute path.
    /// - Throws: `locked` where another process holds the root; `conflict` where it is not empty.
    func restore(_ options: OpenOptions, from folder: String, onWaiting: @escaping @Sendable (String) -> Void) async throws -> BackupReport

    /// Connects to the server at `address`, a URL.
    /// - Parameters:
    ///   - token: nil for that of the data root, where there is one, and the address is that of its server or of this machine.
    ///   - root: the data root's folder.
    func connect(address: String, token: String?, root: String) async throws -> Connection

    /// Opens a data root and serves it until the process is told to stop.
    /// - Parameter onReady: called once, when requests are accepted.
    func serve(
        _ options: ServeOptions, onWaiting: @escaping @Sendable (String) -> Void, onReady: @escaping @Sendable (ServedRoot) -> Void
    ) async throws
}

/// An engine in use.
public struct Connection: Sendable {
    public var engine: any Operations
    /// Whether somebody runs the jobs that wait, as a server does.
    public var runsJobs: Bool

    public init(engine: any Operations, runsJobs: Bool) {
        self.engine = engine
        self.runsJobs = runsJobs
    }
}

/// How user code is kept apart.
public enum SandboxKind: String, Sendable, Hashable, CaseIterable {
    case bubblewrap
    case none
}

/// How to open a data root.
public struct OpenOptions: Sendable, Hashable {
    /// The data root's folder, as the user gave it.
    public var root: String
    /// Whether to make a data root where there is none; else that is an error.
    public var createsRoot: Bool
    /// How long to wait for another process that holds the root.
    public var lockTimeout: Duration
    /// Nil: bubblewrap where it works.
    public var sandbox: SandboxKind?

    public init(root: String, createsRoot: Bool, lockTimeout: Duration, sandbox: SandboxKind?) {
        self.root = root
        self.createsRoot = createsRoot
        self.lockTimeout = lockTimeout
        self.sandbox = sandbox
    }
}

/// A data root that is served.
public struct ServedRoot: Sendable {
    /// The data root's folder, absolute.
    public var path: String
    /// Whether there was none before.
    public var isNew: Bool
    /// Where requests are accepted.
    public var url: String

    public init(path: String, isNew: Bool, url: String) {
        self.path = path
        self.isNew = isNew
        self.url = url
    }
}

/// How to serve a data root.
public struct ServeOptions: Sendable, Hashable {
    public var open: OpenOptions
    public var address: ListenAddress
    /// Further names that clients may use for the host, each as `name` or `name:port`.
    public var knownAs: [String]
    /// Whether it logs what goes well, too.
    public var isVerbose: Bool

    public init(open: OpenOptions, address: ListenAddress, knownAs: [String], isVerbose: Bool) {
        self.open = open
        self.address = address
        self.knownAs = knownAs
        self.isVerbose = isVerbose
    }
}
