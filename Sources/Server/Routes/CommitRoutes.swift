import API
import HTTPTypes
import HummingbirdCore
import Model
import Operations
import Web

extension Route {
    /// Commits and commit sets.
    static let commits: [Route] = [
        Route(.get, "/v1/repos/{repo}/commits", query: ["to", "from", "number", "origin"]) { exchange in
            let query = CommitQuery(
                repo: try exchange.repo, to: try exchange.commit(named: exchange.query["to"]),
                from: try exchange.commit(named: exchange.query["from"]), number: try exchange.query.count("number"),
                origin: try exchange.query.choice("origin", as: CommitOrigin.self))
            return try Answer.list(try await exchange.operations.listCommits(query), for: exchange)
        },
        Route(.post, "/v1/repos/{repo}/commits") { exchange in
            let body = try await exchange.json(StartCommitBody.self)
            let branch = Branch(repo: try exchange.repo, name: try BranchName(body.branch))
            let info = try await exchange.operations.startCommit(
                branch, parent: try exchange.commit(named: body.parent), description: body.description ?? "")
            let location = RequestTarget(below: CommitReference(info.commit.commit))
            return try Answer.json(info, status: .created, headers: [.location: location.description])
        },
        Route(.get, "/v1/repos/{repo}/commits/{commit}", query: ["wait", "provenance"]) { exchange in
            let commit = try exchange.commit
            let withProvenance = try exchange.query.flag("provenance")
            return try await Answer.info(exchange) {
                try await exchange.operations.inspectCommit(commit, wait: $0, withProvenance: withProvenance)
            }
        },
        Route(.post, "/v1/repos/{repo}/commits/{commit}/finish") { exchange in
            let commit = try exchange.commit
            let body = try await exchange.json(FinishCommitBody.self)
            return try Answer.json(try await exchange.operations.finishCommit(commit, description: body.description))
        },
        Route(.get, "/v1/commit-sets", query: ["number"]) { exchange in
            try Answer.list(try await exchange.operations.listCommitSets(number: try exchange.query.count("number")), for: exchange)
        },
        Route(.get, "/v1/commit-sets/{id}", query: ["wait"]) { exchange in
            let id = try exchange.id
            return try await Answer.info(exchange) { try await exchange.operations.inspectCommitSet(id, wait: $0) }
        },
        Route(.delete, "/v1/commit-sets/{id}") { exchange in
            try await exchange.operations.dropCommitSet(try exchange.id)
            return Answer.nothing
        },
        Route(.post, "/v1/commit-sets/{id}/squash") { exchange in
            try await exchange.operations.squashCommitSet(try exchange.id)
            return Answer.nothing
        },
    ]
}

extension Answer {
    /// What `inspect` returns; with `?wait` once it has come to its end.
    static func info<Value: Encodable & Sendable>(
        _ exchange: Exchange, _ inspect: @escaping @Sendable (_ wait: Bool) async throws -> Value
    ) async throws -> Response {
        guard try exchange.query.flag("wait") else { return try json(try await inspect(false)) }
        return try json(try await exchange.whileClientStays { try await inspect(true) })
    }
}
