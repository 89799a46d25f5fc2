import API
import CoreMetrics
import HTTPTypes
import HummingbirdCore
import Operations
import Web

extension Route {
    /// The engine and the server as a whole.
    static let wholes: [Route] = [
        Route(.get, "/healthz") { _ in Answer.text("healthy\n") },
        Route(.get, "/readyz") { exchange in
            // Ready is who can answer and takes changes; that the process lives, /healthz tells.
            _ = try await exchange.operations.version()
            if let standstill = await exchange.health.standstill() { throw HTTPProblem(standstill, status: 503) }
            // The rest of the root works, so clients are not sent elsewhere. Names are for those who have a token.
            let count = try await exchange.health.failingRepoCount()
            guard count > 0 else { return Answer.text("ready\n") }
            return Answer.text("ready\n\(count) of the repos cannot be read or published; 'pach list repo --all' tells which, and why\n")
        },
        Route(.get, "/metrics") { exchange in
            ProcessMetrics.update(exchange.metrics)
            func set(_ name: String, _ value: Int) { exchange.metrics.makeMeter(label: name, dimensions: []).set(Double(value)) }
            let standstill = await exchange.health.standstill()
            set("pach_read_only", standstill == nil ? 0 : 1)
            var jobs = ""
            // A database that is damaged may not tell.
            if standstill == nil {
                set("pach_failing_repos", try await exchange.health.failingRepoCount())
                jobs = JobMetrics.render(try await exchange.health.jobFigures(), names: exchange.hasToken)
            }
            return Answer.text(PrometheusText.render(exchange.metrics) + jobs, type: PrometheusText.mediaType)
        },
        Route(.get, "/v1/openapi.json") { _ in Answer.bytes(PackageResources.openapi_json, type: "application/json") },
        Route(.get, "/v1/version") { exchange in try Answer.json(try await exchange.operations.version()) },
        Route(.post, "/v1/fsck", query: ["publish", "fix"]) { exchange in
            let publish = try exchange.query.flag("publish")
            let fix = try exchange.query.flag("fix")
            return try Answer.json(try await exchange.whileClientStays { try await exchange.operations.fsck(publish: publish, fix: fix) })
        },
        Route(.post, "/v1/gc", query: ["dry_run"]) { exchange in
            let dryRun = try exchange.query.flag("dry_run")
            return try Answer.json(try await exchange.whileClientStays { try await exchange.operations.collectGarbage(dryRun: dryRun) })
        },
        Route(.get, "/v1/objects/{object}/uses", query: ["number"]) { exchange in
            let (object, number) = (try exchange.object, try exchange.query.count("number") ?? ObjectUse.keeperCountDefault)
            let uses = try await exchange.whileClientStays { try await exchange.operations.whyObject(object, number: number) }
            return try Answer.list(uses, for: exchange)
        },
        Route(.post, "/v1/backup", query: ["link", "verify_all"]) { exchange in
            let folder = try await exchange.json(BackupBody.self).folder
            let links = try exchange.query.flag("link")
            let verifiesAll = try exchange.query.flag("verify_all")
            return try Answer.json(
                try await exchange.whileClientStays {
                    try await exchange.operations.backUp(to: folder, links: links, verifiesAll: verifiesAll)
                })
        },
        Route(.post, "/v1/run") { exchange in
            // What a client has not fetched yet is kept: at most the jobs of this run, which `run` returns as a whole too.
            let jobs = AsyncThrowingStream { continuation in
                let run = Task {
                    do {
                        _ = try await exchange.operations.run { continuation.yield($0) }
                        continuation.finish()
                    } catch {
                        continuation.finish(throwing: error)
                    }
                }
                // The stream is dropped when the client leaves or the server stops.
                continuation.onTermination = { _ in run.cancel() }
            }
            return Answer.stream(jobs, for: exchange, isLive: true, name: "job")
        },
    ]
}
