public import Model
public import Operations

extension EngineClient {
    // MARK: Pipelines

    public func createPipeline(_ request: PipelineRequest) async throws -> PipelineInfo {
        let archive = PipelineArchive(request)
        return try await connection.value(
            .post,
            RequestTarget("pipelines").with("file_name", request.fileName).with(flag: "update", request.update)
                .with(flag: "reprocess", request.reprocess).with(flag: "dry_run", request.dryRun),
            body: .stream(try archive.bytes(), type: FilePath.tarMediaType))
    }

    public func inspectPipeline(_ pipeline: PipelineName) async throws -> PipelineInfo {
        try await connection.value(.get, RequestTarget("pipelines", pipeline))
    }

    public func listPipelines() async throws -> [PipelineInfo] {
        try await connection.list(RequestTarget("pipelines"))
    }

    public func deletePipeline(_ pipeline: PipelineName, keepRepo: Bool, force: Bool) async throws {
        try await connection.done(
            .delete, RequestTarget("pipelines", pipeline).with(flag: "keep_repo", keepRepo).with(flag: "force", force))
    }

    public func startPipeline(_ pipeline: PipelineName) async throws {
        try await connection.done(.post, RequestTarget("pipelines", pipeline, "start"))
    }

    public func stopPipeline(_ pipeline: PipelineName) async throws {
        try await connection.done(.post, RequestTarget("pipelines", pipeline, "stop"))
    }

    public func rerunPipeline(_ pipeline: PipelineName, reprocess: Bool) async throws {
        try await connection.done(.post, RequestTarget("pipelines", pipeline, "rerun").with(flag: "reprocess", reprocess))
    }

    // MARK: Jobs

    public func listJobs(_ query: JobQuery) async throws -> [JobInfo] {
        let states = query.states.isEmpty ? nil : query.states.map(\.word).sorted().joined(separator: ",")
        return try await connection.list(
            RequestTarget("jobs").with("pipeline", query.pipeline).with("id", query.id).with("state", states).with("number", query.number))
    }

    public func listJobSets(number: Int?) async throws -> [JobSetInfo] {
        try await connection.list(RequestTarget("job-sets").with("number", number))
    }

    public func inspectJob(_ pipeline: PipelineName, _ id: JobID, wait: Bool) async throws -> JobInfo {
        try await connection.value(.get, RequestTarget("jobs", pipeline, id).with(flag: "wait", wait))
    }

    public func inspectJobSet(_ id: JobID, wait: Bool) async throws -> JobSetInfo {
        try await connection.value(.get, RequestTarget("job-sets", id).with(flag: "wait", wait))
    }

    public func stopJob(_ pipeline: PipelineName, _ id: JobID) async throws {
        try await connection.done(.post, RequestTarget("jobs", pipeline, id, "stop"))
    }

    public func deleteJob(_ pipeline: PipelineName, _ id: JobID) async throws {
        try await connection.done(.delete, RequestTarget("jobs", pipeline, id))
    }

    public func listDatums(_ pipeline: PipelineName, _ id: JobID) async throws -> [DatumInfo] {
        try await connection.list(RequestTarget("jobs", pipeline, id, "datums"))
    }

    public func inspectDatum(_ pipeline: PipelineName, _ id: JobID, datum: Digest) async throws -> DatumInfo {
        try await connection.value(.get, RequestTarget("jobs", pipeline, id, "datums", datum))
    }

    public func logs(_ query: LogQuery) -> AsyncThrowingStream<LogMessage, any Error> {
        let base =
            query.job.map { RequestTarget("jobs", query.pipeline, $0, "logs") } ?? RequestTarget("pipelines", query.pipeline, "logs")
        return connection.events(
            LogMessage.self, .get,
            base.with("datum", query.datum).with(flag: "master", query.master).with(flag: "follow", query.follow)
                .with("tail", query.tail).with("since", query.since))
    }
}
