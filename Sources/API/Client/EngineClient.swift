public import Model
public import Operations

/// An engine behind a server, spoken to over HTTP.
///
/// Errors arrive with the codes that the engine threw. Uploads and downloads stream, with back-pressure and bounded memory. No
/// call has a time limit: waiting for a job is a matter of hours. Neither proxies nor the environment are looked at.
public struct EngineClient: Operations {
    let connection: Connection

    /// - Parameters:
    ///   - url: `http://host:port`; a path before `/v1` is kept.
    ///   - token: the data root's token; nil where a proxy adds it.
    /// - Throws: `invalidArgument` for a URL that is not `http` or `https`, and for a token that is not printable ASCII.
    public init(url: String, token: String?) throws(PachError) {
        connection = try Connection(url: url, token: token)
    }

    /// Ends the connections; call it once the client is done with. No call may follow.
    public func close() async throws {
        try await connection.close()
    }

    public func version() async throws -> VersionInfo {
        try await connection.value(.get, RequestTarget("version"))
    }

    public func fsck(publish: Bool, fix: Bool) async throws -> FsckReport {
        try await connection.value(.post, RequestTarget("fsck").with(flag: "publish", publish).with(flag: "fix", fix))
    }

    public func collectGarbage(dryRun: Bool) async throws -> GarbageReport {
        try await connection.value(.post, RequestTarget("gc").with(flag: "dry_run", dryRun))
    }

    public func whyObject(_ id: ObjectID, number: Int) async throws -> [ObjectUse] {
        try await connection.list(RequestTarget("objects", id, "uses").with("number", number))
    }

    public func backUp(to folder: String, links: Bool, verifiesAll: Bool) async throws -> BackupReport {
        try await connection.value(
            .post, RequestTarget("backup").with(flag: "link", links).with(flag: "verify_all", verifiesAll),
            body: .json(BackupBody(folder: folder)))
    }

    public func run(report: @escaping @Sendable (JobInfo) -> Void) async throws -> [JobInfo] {
        var jobs: [JobInfo] = []
        for try await job in connection.events(JobInfo.self, .post, RequestTarget("run")) {
            report(job)
            jobs.append(job)
        }
        return jobs
    }
}
