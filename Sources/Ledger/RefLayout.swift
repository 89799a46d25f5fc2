public import Model

/// The refs of a repo, by what they are for.
public enum RefLayout {
    public static func branch(_ name: BranchName) -> String { "refs/heads/\(name)" }
    /// A commit that ended with an error: readable, never a base, and never what a clone shows.
    public static func failed(_ id: CommitID) -> String { "\(failedPrefix)\(id)" }
    public static let failedPrefix = "refs/pach/failed/"
    /// A finished commit that no branch leads to any more.
    public static func kept(_ id: CommitID) -> String { "\(keptPrefix)\(id)" }
    public static let keptPrefix = "refs/pach/commits/"
    /// The index of good outputs by datum hash.
    public static let datums = "refs/pach/datums"
    /// In a spec repo: its pipeline was stopped by a user.
    public static let stopped = "refs/pach/stopped"
    /// Where refs are kept that another program made.
    static let foreignPrefix = "refs/pach/foreign/"
}
