/// How user code is to be kept apart.
public enum SandboxChoice: String, Sendable, Hashable, CaseIterable {
    /// Bubblewrap where it works; where it does not none, with a word of why.
    case automatic
    /// Bubblewrap, or no user code runs.
    case bubblewrap
    /// No namespaces and no mounts.
    case none
}
