import API
import HTTPTypes
import HummingbirdCore
import Model
import Operations
import Web

extension Route {
    /// Repos and their branches.
    static let repos: [Route] = [
        Route(.get, "/v1/repos", query: ["type"]) { exchange in
            let kinds = try exchange.query.choices("type", as: RepoName.Kind.self) ?? [.user]
            return try Answer.list(try await exchange.operations.listRepos(kinds: kinds), for: exchange)
        },
        Route(.put, "/v1/repos/{repo}", query: ["update"]) { exchange in
            let repo = try exchange.repo
            let update = try exchange.query.flag("update")
            let body = try await exchange.json(CreateRepoBody.self)
            try await exchange.operations.createRepo(repo, settings: body.settings, update: update)
            return try Answer.json(try await exchange.operations.inspectRepo(repo), status: update ? .ok : .created)
        },
        Route(.get, "/v1/repos/{repo}") { exchange in
            try Answer.json(try await exchange.operations.inspectRepo(try exchange.repo))
        },
        Route(.delete, "/v1/repos/{repo}", query: ["force"]) { exchange in
            try await exchange.operations.deleteRepo(try exchange.repo, force: try exchange.query.flag("force"))
            return Answer.nothing
        },
        Route(.get, "/v1/repos/{repo}/branches") { exchange in
            try Answer.list(try await exchange.operations.listBranches(try exchange.repo), for: exchange)
        },
        Route(.put, "/v1/repos/{repo}/branches/{branch}", knowsIfMatch: true) { exchange in
            let branch = try exchange.branch
            let head = try exchange.commit(named: try await exchange.json(CreateBranchBody.self).head)
            return try Answer.branch(
                try await exchange.operations.createBranch(branch, head: head, ifHead: HeadCondition(exchange.headers)))
        },
        Route(.get, "/v1/repos/{repo}/branches/{branch}") { exchange in
            try Answer.branch(try await exchange.operations.inspectBranch(try exchange.branch))
        },
        Route(.delete, "/v1/repos/{repo}/branches/{branch}", query: ["force"]) { exchange in
            try await exchange.operations.deleteBranch(try exchange.branch, force: try exchange.query.flag("force"))
            return Answer.nothing
        },
        Route(.get, "/v1/repos/{repo}/branches/{branch}/events", query: ["all", "from"]) { exchange in
            let branch = try exchange.branch
            let (start, id) = try await exchange.subscriptionStart(on: branch)
            return Answer.stream(
                exchange.operations.subscribeCommits(branch, from: start), for: exchange, isLive: true, asEvents: true, name: "commit",
                firstID: id, id: { $0.commit.id.description })
        },
    ]
}

extension Exchange {
    /// Stands for the commit before a branch's first.
    private static let beforeFirst = "first"

    /// Where the stream of a branch's commits begins, and the id that a browser names when it connects again before any commit came.
    fileprivate func subscriptionStart(on branch: Branch) async throws -> (start: SubscriptionStart, id: String?) {
        let isAll = try query.flag("all")
        if isAll, query["from"] != nil { throw PachError(.invalidArgument, "'all' and 'from' exclude each other") }
        // A browser that connects again asks as it did before, and names the last commit that it got.
        if headers[.lastEventID] == Self.beforeFirst { return (.first, nil) }
        if let commit = try commit(named: headers[.lastEventID] ?? query["from"]) { return (.after(commit), nil) }
        if isAll { return (.first, nil) }
        guard let last = try await newestFinishedCommit(on: branch) else { return (.first, Self.beforeFirst) }
        return (.after(CommitReference(last)), last.id.description)
    }

    private func newestFinishedCommit(on branch: Branch) async throws -> Commit? {
        var next: CommitReference? = CommitReference(branch)
        while let commit = next {
            do {
                let info = try await operations.inspectCommit(commit, wait: false)
                if info.finished != nil { return info.commit.commit }
                next = info.parentCommit.map { CommitReference($0.commit) }
            } catch let error as PachError where error.code == .notFound {
                // There is no commit yet; where there is no repo, the stream tells.
                return nil
            }
        }
        return nil
    }
}

extension Answer {
    /// A branch; its tag is the id of its head, for `If-Match`.
    fileprivate static func branch(_ info: BranchInfo) throws -> Response {
        try json(info, headers: info.head.map { [.eTag: "\"\($0.id)\""] } ?? [:])
    }
}
