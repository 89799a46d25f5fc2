import API
import HTTPTypes
import HummingbirdCore
import Model
import Operations
import Web

extension Route {
    /// Pipelines.
    static let pipelines: [Route] = [
        Route(.get, "/v1/pipelines") { exchange in
            try Answer.list(try await exchange.operations.listPipelines(), for: exchange)
        },
        Route(.post, "/v1/pipelines", query: ["update", "reprocess", "dry_run", "file_name"]) { exchange in
            exchange.isTar ? try await exchange.archives.pass { try await create(exchange) } : try await create(exchange)
        },
        Route(.get, "/v1/pipelines/{pipeline}") { exchange in
            try Answer.json(try await exchange.operations.inspectPipeline(try exchange.pipeline))
        },
        Route(.delete, "/v1/pipelines/{pipeline}", query: ["keep_repo", "force"]) { exchange in
            try await exchange.operations.deletePipeline(
                try exchange.pipeline, keepRepo: try exchange.query.flag("keep_repo"), force: try exchange.query.flag("force"))
            return Answer.nothing
        },
        Route(.post, "/v1/pipelines/{pipeline}/start") { exchange in
            try await exchange.operations.startPipeline(try exchange.pipeline)
            return Answer.nothing
        },
        Route(.post, "/v1/pipelines/{pipeline}/stop") { exchange in
            try await exchange.operations.stopPipeline(try exchange.pipeline)
            return Answer.nothing
        },
        Route(.post, "/v1/pipelines/{pipeline}/rerun", query: ["reprocess"]) { exchange in
            try await exchange.operations.rerunPipeline(try exchange.pipeline, reprocess: try exchange.query.flag("reprocess"))
            return Answer.nothing
        },
        Route(.get, "/v1/pipelines/{pipeline}/logs", query: JobRoutes.logParameters) { exchange in
            try JobRoutes.logs(exchange, job: nil)
        },
    ]

    private static func create(_ exchange: Exchange) async throws -> Response {
        let request = try await pipelineRequest(exchange)
        let info = try await exchange.operations.createPipeline(request)
        guard !request.update, !request.dryRun else { return try Answer.json(info) }
        let location = RequestTarget("pipelines", info.pipeline.name)
        return try Answer.json(info, status: .created, headers: [.location: location.description])
    }

    /// The spec as it is, in JSON or YAML, or a tar archive of spec and code.
    private static func pipelineRequest(_ exchange: Exchange) async throws -> PipelineRequest {
        let bytes: [UInt8]
        let defaultName: String
        var code: [CodeFile] = []
        if exchange.isTar {
            let archive = try await PipelineArchive(reading: exchange.body.stream)
            (bytes, code, defaultName) = (archive.spec, archive.code, archive.specName)
        } else {
            bytes = try await exchange.body.collect(upTo: PipelineArchive.specByteCountMax)
            defaultName = exchange.headers[.contentType]?.lowercased().contains("yaml") == true ? "pipeline.yaml" : "pipeline.json"
        }
        guard let spec = String(validating: bytes, as: UTF8.self) else {
            throw PachError(.invalidArgument, "the spec is not UTF-8")
        }
        return PipelineRequest(
            spec: spec, fileName: exchange.query["file_name"] ?? defaultName, code: code, update: try exchange.query.flag("update"),
            reprocess: try exchange.query.flag("reprocess"), dryRun: try exchange.query.flag("dry_run"))
    }
}
