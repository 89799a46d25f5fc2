public import Model

/// What a user may say of a repo. What is nil stays as it is, and of a new repo is empty or all.
public struct RepoSettings: Sendable, Hashable {
    public var description: String?
    /// How long commits are kept: of a repo that is there already, what is nil in it stays too, and `Retention.all` ends both.
    public var retention: Retention?

    public init(description: String? = nil, retention: Retention? = nil) {
        self.description = description
        self.retention = retention
    }
}
