import HTTPTypes
import HummingbirdCore
import Model
import Operations
import Web

/// What the front answers.
struct Routes: Sendable {
    let ratings: LineCheck
    let requests: LineCheck
    let training: CommitLane
    let streaming: CommitLane
    let results: ResultFinder
    let waits: WaitLimit
    let repos: Repos
    let engine: any Operations
    let metrics: FrontMetrics
    let limits: FrontConfiguration.Limits

    private struct Named: Encodable {
        var filename: String
    }

    var table: RouteTable<Route> {
        RouteTable(all, hint: "There are POST /train, /predict and /result, and GET /result/NAME.")
    }

    private var all: [Route] {
        [
            Route(.post, "/train") { exchange in
                try Answer.json(Named(filename: try await store(exchange, ratings, training).name.description))
            },
            Route(.post, "/predict") { exchange in
                try Answer.json(Named(filename: try await store(exchange, requests, streaming).name.description))
            },
            Route(.post, "/result") { exchange in
                let hint = "Send {\"filename\": \"…\"}, with what /predict answered."
                let name = try await exchange.json(ResultBody.self, hint: hint).filename
                return try answer(try await find(name))
            },
            Route(.get, "/result/{filename}", query: ["wait"]) { exchange in
                let patience = try exchange.query.duration("wait", upTo: limits.resultPatienceMax) ?? .zero
                let name = try exchange.parameters.text("filename")
                let result = try await find(name)
                guard result == .notReady, patience > .zero else { return try answer(result) }
                // Only whoever waits is counted, and gives up the connection for it.
                return try answer(
                    try await waits.pass {
                        try await exchange.body.whileClientStays { try await find(name, patience: patience) }
                    })
            },
            Route(.get, "/healthz") { _ in Answer.text("healthy\n") },
            Route(.get, "/readyz") { _ in
                let missing = try await EngineFailure.telling {
                    try await answered(within: limits.engineAnswerTimeMax) {
                        _ = try await engine.version()
                        return try await repos.missing()
                    }
                }
                if let missing { throw missing }
                return Answer.text("ready\n")
            },
            Route(.get, "/metrics") { _ in
                var waiting: [String: Int] = [:]
                for lane in [training, streaming] { waiting[lane.branch.repo.description] = await lane.waitingCount }
                return Answer.text(metrics.render(waiting: waiting), type: PrometheusText.mediaType)
            },
        ]
    }

    private func find(_ name: String, patience: Duration = .zero) async throws -> RequestResult {
        try await EngineFailure.telling { try await results.result(of: name, patience: patience) }
    }

    private func answer(_ result: RequestResult) throws -> Response {
        if case .failed = result { metrics.recordFailedResult() }
        return try Answer.json(result)
    }

    private func store(_ exchange: Exchange, _ check: LineCheck, _ lane: CommitLane) async throws -> CommitLane.Placed {
        let data = try await exchange.json(DataBody.self, hint: check.hint).data
        let content = try check.content(of: data)
        do {
            return try await EngineFailure.telling { try await lane.add(content) }
        } catch let outcome as UnknownOutcome {
            throw EngineFailure(outcome, in: lane.branch.repo)
        }
    }
}
