/// How a sandbox is built.
public enum SandboxMethod: Hashable, Sendable {
    /// Namespaces and mounts of its own, by bubblewrap (bwrap(1)) at this path.
    case bubblewrap(executable: String)
    /// An ordinary process beside the engine: nothing is hidden or read-only, and `/pfs` is elsewhere. Programs still run
    /// as the unprivileged identity, and all of them are ended after each run.
    case plain
}

/// Something of the host that a sandbox shows besides the ordinary.
public struct SandboxBind: Hashable, Sendable {
    public enum Access: Hashable, Sendable {
        case readOnly, readWrite
        /// A device file, usable as such.
        case device
    }

    /// Absolute path of a file or folder on the host. It must exist.
    public var source: String
    /// Absolute path inside; not beneath `/tmp`, which is emptied, nor a folder of the sandbox itself.
    public var destination: String
    public var access: Access

    public init(source: String, destination: String, access: Access) {
        self.source = source
        self.destination = destination
        self.access = access
    }
}

/// What one worker's sandbox is made of. All paths are absolute.
public struct SandboxConfiguration: Sendable {
    public var method: SandboxMethod
    /// The program that becomes the supervisor when its first argument is `--pach-supervisor`: the running `pach`.
    public var supervisor: String
    /// The folder of the programs that come with pach; user code sees it read-only, and `PATH` begins with it.
    public var programs: String?
    /// The engine's data root: invisible inside, even when it lies in a folder that is visible.
    public var dataRoot: String
    /// Names of the inputs, each a folder under `/pfs`. Not `out`, no slash.
    public var inputs: [String]
    /// The worker's own folder on the host: see ``SandboxFolders``. May lie within the data root.
    public var scratch: String
    /// The pipeline's code on the host, shown read-only as `/code`; the working directory when there is one.
    public var code: String?
    /// Whether the host's network is there. Without it, not even the loopback of the host is.
    public var network: Bool
    /// Who user code is: ``SandboxIdentity/forWorker(_:)``. Needed when the engine runs as root, nil otherwise.
    public var identity: SandboxIdentity?
    public var binds: [SandboxBind]

    public init(
        method: SandboxMethod, supervisor: String, programs: String?, dataRoot: String, inputs: [String], scratch: String,
        code: String? = nil, network: Bool = true, identity: SandboxIdentity?, binds: [SandboxBind] = []
    ) {
        self.method = method
        self.supervisor = supervisor
        self.programs = programs
        self.dataRoot = dataRoot
        self.inputs = inputs
        self.scratch = scratch
        self.code = code
        self.network = network
        self.identity = identity
        self.binds = binds
    }
}
