public import Model
public import Operations

extension EngineClient {
    // MARK: Repos

    public func createRepo(_ repo: RepoName, settings: RepoSettings, update: Bool) async throws {
        try await connection.done(
            .put, RequestTarget("repos", repo).with(flag: "update", update),
            body: .json(CreateRepoBody(settings)))
    }

    public func inspectRepo(_ repo: RepoName) async throws -> RepoInfo {
        try await connection.value(.get, RequestTarget("repos", repo))
    }

    public func listRepos(kinds: Set<RepoName.Kind>) async throws -> [RepoInfo] {
        try await connection.list(RequestTarget("repos").with("type", kinds.map(\.rawValue).sorted().joined(separator: ",")))
    }

    public func deleteRepo(_ repo: RepoName, force: Bool) async throws {
        try await connection.done(.delete, RequestTarget("repos", repo).with(flag: "force", force))
    }

    // MARK: Branches

    public func createBranch(_ branch: Branch, head: CommitReference?, ifHead: HeadCondition?) async throws -> BranchInfo {
        try await connection.value(
            .put, target(branch), headers: ifHead.headers, body: .json(CreateBranchBody(head: head?.description)))
    }

    public func inspectBranch(_ branch: Branch) async throws -> BranchInfo {
        try await connection.value(.get, target(branch))
    }

    public func listBranches(_ repo: RepoName) async throws -> [BranchInfo] {
        try await connection.list(RequestTarget("repos", repo, "branches"))
    }

    public func deleteBranch(_ branch: Branch, force: Bool) async throws {
        try await connection.done(.delete, target(branch).with(flag: "force", force))
    }

    private func target(_ branch: Branch) -> RequestTarget {
        RequestTarget("repos", branch.repo, "branches", branch.name)
    }

    // MARK: Commits

    public func startCommit(_ branch: Branch, parent: CommitReference?, description: String) async throws -> CommitInfo {
        try await connection.value(
            .post, RequestTarget("repos", branch.repo, "commits"),
            body: .json(StartCommitBody(branch: branch.name.description, parent: parent?.description, description: description)))
    }

    public func finishCommit(_ commit: CommitReference, description: String?) async throws -> ChangeResult {
        try await connection.value(
            .post, RequestTarget(below: commit, "finish"), body: .json(FinishCommitBody(description: description)))
    }

    public func inspectCommit(_ commit: CommitReference, wait: Bool, withProvenance: Bool) async throws -> CommitInfo {
        try await connection.value(.get, RequestTarget(below: commit).with(flag: "wait", wait).with(flag: "provenance", withProvenance))
    }

    public func listCommits(_ query: CommitQuery) async throws -> [CommitInfo] {
        try await connection.list(
            RequestTarget("repos", query.repo, "commits").with("to", query.to).with("from", query.from).with("number", query.number)
                .with("origin", query.origin?.rawValue))
    }

    public func listCommitSets(number: Int?) async throws -> [CommitSetInfo] {
        try await connection.list(RequestTarget("commit-sets").with("number", number))
    }

    public func inspectCommitSet(_ id: CommitID, wait: Bool) async throws -> CommitSetInfo {
        try await connection.value(.get, RequestTarget("commit-sets", id).with(flag: "wait", wait))
    }

    public func squashCommitSet(_ id: CommitID) async throws {
        try await connection.done(.post, RequestTarget("commit-sets", id, "squash"))
    }

    public func dropCommitSet(_ id: CommitID) async throws {
        try await connection.done(.delete, RequestTarget("commit-sets", id))
    }

    public func subscribeCommits(_ branch: Branch, from start: SubscriptionStart) -> AsyncThrowingStream<CommitInfo, any Error> {
        var target = RequestTarget("repos", branch.repo, "branches", branch.name, "events")
        switch start {
        case .first: target = target.with(flag: "all", true)
        case .after(let commit): target = target.with("from", commit)
        case .next: break
        }
        return connection.events(CommitInfo.self, .get, target)
    }
}

extension HeadCondition? {
    /// `If-Match` (RFC 9110, section 13.1.1).
    var headers: [(String, String)] {
        switch self {
        case nil: []
        case .exists: [("If-Match", "*")]
        case .isOne(let ids): [("If-Match", ids.sorted().map { "\"\($0)\"" }.joined(separator: ", "))]
        }
    }
}
