import API
import HTTPTypes
import HummingbirdCore
import Model
import Operations
import Web

extension Route {
    /// Jobs, their datums and logs.
    static let jobs: [Route] = [
        Route(.get, "/v1/jobs", query: ["pipeline", "id", "state", "number"]) { exchange in
            let query = JobQuery(
                pipeline: try exchange.query["pipeline"].map { text throws(PachError) in try PipelineName(text) },
                id: try exchange.query["id"].map(JobID.init(parsing:)),
                states: try exchange.query.choices("state", as: JobState.self, word: \.word) ?? [],
                number: try exchange.query.count("number"))
            return try Answer.list(try await exchange.operations.listJobs(query), for: exchange)
        },
        Route(.get, "/v1/job-sets", query: ["number"]) { exchange in
            try Answer.list(try await exchange.operations.listJobSets(number: try exchange.query.count("number")), for: exchange)
        },
        Route(.get, "/v1/job-sets/{id}", query: ["wait"]) { exchange in
            let id = try exchange.id
            return try await Answer.info(exchange) { try await exchange.operations.inspectJobSet(id, wait: $0) }
        },
        Route(.get, "/v1/jobs/{pipeline}/{id}", query: ["wait"]) { exchange in
            let (pipeline, id) = (try exchange.pipeline, try exchange.id)
            return try await Answer.info(exchange) { try await exchange.operations.inspectJob(pipeline, id, wait: $0) }
        },
        Route(.delete, "/v1/jobs/{pipeline}/{id}") { exchange in
            try await exchange.operations.deleteJob(try exchange.pipeline, try exchange.id)
            return Answer.nothing
        },
        Route(.post, "/v1/jobs/{pipeline}/{id}/stop") { exchange in
            try await exchange.operations.stopJob(try exchange.pipeline, try exchange.id)
            return Answer.nothing
        },
        Route(.get, "/v1/jobs/{pipeline}/{id}/datums") { exchange in
            try Answer.list(try await exchange.operations.listDatums(try exchange.pipeline, try exchange.id), for: exchange)
        },
        Route(.get, "/v1/jobs/{pipeline}/{id}/datums/{datum}") { exchange in
            try Answer.json(
                try await exchange.operations.inspectDatum(try exchange.pipeline, try exchange.id, datum: try exchange.datum))
        },
        Route(.get, "/v1/jobs/{pipeline}/{id}/logs", query: JobRoutes.logParameters) { exchange in
            try JobRoutes.logs(exchange, job: try exchange.id)
        },
    ]
}

enum JobRoutes {
    static let logParameters = ["datum", "master", "follow", "tail", "since"]

    static func logs(_ exchange: Exchange, job: JobID?) throws -> Response {
        let follow = try exchange.query.flag("follow")
        let since = try exchange.query["since"].map { text throws(PachError) in
            guard let time = Timestamp(text) else { throw Query.mistake("since", text, "Write an RFC 3339 time.") }
            return time
        }
        let query = LogQuery(
            pipeline: try exchange.pipeline, job: job, datum: try exchange.query["datum"].map(Digest.init(parsing:)),
            master: try exchange.query.flag("master"), follow: follow, tail: try exchange.query.count("tail"), since: since)
        return Answer.stream(exchange.operations.logs(query), for: exchange, isLive: follow, asEvents: follow, name: "log")
    }
}
