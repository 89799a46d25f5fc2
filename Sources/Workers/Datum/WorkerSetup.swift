public import Model

/// What a worker is set up for. Workers of equal set-up can stand in for each other.
public struct WorkerSetup: Sendable, Hashable {
    public var pipeline: PipelineName
    public var version: Int
    /// Names of the folders below `/pfs`.
    public var inputs: [String]
    /// The host's folder that holds the pipeline's code.
    public var code: String?
    /// The identity of the code that runs: a process that lives, or a file that a sandbox shows, may be of a program replaced since.
    public var codeIdentity: String
    public var network: Bool
    /// Whether one process takes many datums: `datum_batching`.
    public var batching: Bool

    public init(
        pipeline: PipelineName, version: Int, inputs: [String], code: String?, codeIdentity: String, network: Bool, batching: Bool = false
    ) {
        self.pipeline = pipeline
        self.version = version
        self.inputs = inputs
        self.code = code
        self.codeIdentity = codeIdentity
        self.network = network
        self.batching = batching
    }
}
