/// Where user code finds things: in an enclosed sandbox at the places it expects, in a plain one where they are on the host.
public struct SandboxPaths: Hashable, Sendable {
    /// The folder of the inputs and of `out`: `/pfs`, or its stand-in on the host.
    public let pfs: String
    /// The folder for temporary files, which is also `HOME`.
    public let temporary: String
    public let code: String?
    /// The folder of the programs that come with pach, the first in `PATH`.
    public let programs: String?
    let binds: [SandboxBind: String]

    /// `/pfs/out`, or its stand-in.
    public var output: String { pfs + "/out" }

    /// `/pfs/<name>`, or its stand-in.
    public func input(_ name: String) -> String {
        "\(pfs)/\(name)"
    }

    /// Where a bind of the configuration is found; nil for one that is not of the configuration.
    public func path(of bind: SandboxBind) -> String? {
        binds[bind]
    }
}
