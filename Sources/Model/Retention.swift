/// How long the commits of a repo are kept. A commit stays while either says so; what neither says is up to nobody, so with nothing said all
/// commits stay.
///
/// Whatever this says, heads stay, and so does a commit that another repo's commit is made from, with all commits after it.
public struct Retention: Sendable, Hashable, Codable {
    public enum CodingKeys: String, CodingKey, CaseIterable { case commits, duration }

    /// Keep the newest so many good commits of each branch, at least 1.
    public var commits: Int?
    /// Keep what was finished this short a time ago.
    public var duration: SpecDuration?

    public init(commits: Int?, duration: SpecDuration?) {
        self.commits = commits
        self.duration = duration
    }

    /// Nothing goes.
    public static let all = Retention(commits: nil, duration: nil)

    /// What is in force once this was said of a repo that keeps `present`: what is nil stays, and where all is nil nothing goes any more.
    public func replacing(_ present: Retention) -> Retention {
        guard self != .all else { return .all }
        return Retention(commits: commits ?? present.commits, duration: duration ?? present.duration)
    }

    /// - Throws: `invalidArgument`.
    public func validate() throws(PachError) {
        guard commits.map({ $0 >= 1 }) ?? true else {
            throw PachError(.invalidArgument, "a repo keeps at least one commit", hint: "To remove them all, delete the repo.")
        }
    }
}
