/// What a pipeline runs for each datum.
public struct Transform: Sendable, Hashable {
    /// Code that is stored with the spec, and whose tree is part of a datum's hash.
    public struct Build: Sendable, Hashable, Codable {
        /// The code's folder, relative to the spec.
        public var path: String

        public init(path: String) {
            self.path = path
        }
    }

    /// The container image; recorded, and used only by executors that run containers.
    public var image: String?
    /// The program and its arguments, run without a shell.
    public var cmd: [String]
    /// Lines given to the program on its standard input.
    public var stdin: [String]
    /// Run after a failed attempt; where it exits 0 the datum ends as recovered.
    public var errCmd: [String]
    /// Lines given to `errCmd` on its standard input.
    public var errStdin: [String]
    /// Variables in the program's environment, beside those that the engine sets.
    public var env: [String: String]
    /// Exit codes other than 0 that count as success, ascending.
    public var acceptReturnCode: [Int]
    /// Where the program starts; nil leaves it to the engine.
    public var workingDir: String?
    /// Whom the program runs as: `user` or `uid[:gid]`.
    public var user: String?
    /// Code that comes with the spec.
    public var build: Build?
    /// Whether workers log more of what they do.
    public var debug: Bool
    /// Whether one process of the user takes many datums.
    public var datumBatching: Bool
    /// Whether user code reaches the network. Ours: Pachyderm has no such field.
    public var network: Bool
    /// Fields that mean nothing without Kubernetes, kept as they were given and not used: see `recordedFields`.
    public var recorded: [String: JSONValue]

    /// The fields that are recorded, not used.
    public static let recordedFields = ["dockerfile", "image_pull_secrets", "memory_volume"]

    public init(
        cmd: [String], stdin: [String] = [], image: String? = nil, errCmd: [String] = [], errStdin: [String] = [],
        env: [String: String] = [:], acceptReturnCode: [Int] = [], workingDir: String? = nil, user: String? = nil, build: Build? = nil,
        debug: Bool = false, datumBatching: Bool = false, network: Bool = true, recorded: [String: JSONValue] = [:]
    ) {
        self.image = image
        self.cmd = cmd
        self.stdin = stdin
        self.errCmd = errCmd
        self.errStdin = errStdin
        self.env = env
        self.acceptReturnCode = acceptReturnCode
        self.workingDir = workingDir
        self.user = user
        self.build = build
        self.debug = debug
        self.datumBatching = datumBatching
        self.network = network
        self.recorded = recorded
    }
}

/// Fields that have their default are not written, so that the text of a spec changes only when its meaning does.
extension Transform: Codable {
    private enum CodingKeys: String, CodingKey {
        case image, cmd, stdin, env, user, build, debug, network
        case errCmd = "err_cmd"
        case errStdin = "err_stdin"
        case acceptReturnCode = "accept_return_code"
        case workingDir = "working_dir"
        case datumBatching = "datum_batching"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            cmd: try container.decodeIfPresent([String].self, forKey: .cmd) ?? [],
            stdin: try container.decodeIfPresent([String].self, forKey: .stdin) ?? [],
            image: try container.decodeIfPresent(String.self, forKey: .image),
            errCmd: try container.decodeIfPresent([String].self, forKey: .errCmd) ?? [],
            errStdin: try container.decodeIfPresent([String].self, forKey: .errStdin) ?? [],
            env: try container.decodeIfPresent([String: String].self, forKey: .env) ?? [:],
            acceptReturnCode: try container.decodeIfPresent([Int].self, forKey: .acceptReturnCode) ?? [],
            workingDir: try container.decodeIfPresent(String.self, forKey: .workingDir),
            user: try container.decodeIfPresent(String.self, forKey: .user),
            build: try container.decodeIfPresent(Build.self, forKey: .build),
            debug: try container.decodeIfPresent(Bool.self, forKey: .debug) ?? false,
            datumBatching: try container.decodeIfPresent(Bool.self, forKey: .datumBatching) ?? false,
            network: try container.decodeIfPresent(Bool.self, forKey: .network) ?? true,
            recorded: try JSONValue.members(Self.recordedFields, from: decoder))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(image, forKey: .image)
        try container.encode(cmd, forKey: .cmd)
        if !stdin.isEmpty { try container.encode(stdin, forKey: .stdin) }
        if !errCmd.isEmpty { try container.encode(errCmd, forKey: .errCmd) }
        if !errStdin.isEmpty { try container.encode(errStdin, forKey: .errStdin) }
        if !env.isEmpty { try container.encode(env, forKey: .env) }
        if !acceptReturnCode.isEmpty { try container.encode(acceptReturnCode, forKey: .acceptReturnCode) }
        try container.encodeIfPresent(workingDir, forKey: .workingDir)
        try container.encodeIfPresent(user, forKey: .user)
        try container.encodeIfPresent(build, forKey: .build)
        if debug { try container.encode(debug, forKey: .debug) }
        if datumBatching { try container.encode(datumBatching, forKey: .datumBatching) }
        if !network { try container.encode(network, forKey: .network) }
        try JSONValue.encode(recorded, to: encoder)
    }
}
