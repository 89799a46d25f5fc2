/// What was brought back from the Git repos alone.
public struct RebuildReport: Sendable, Hashable, Codable {
    public var repos = 0
    public var branches = 0
    public var commits = 0
    public var pipelines = 0
    public var jobs = 0
    /// What could not be brought back, and what differs from before, a sentence each.
    public var losses: [String] = []

    public init() {}
}
