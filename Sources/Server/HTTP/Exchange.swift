import API
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Operations
import ServiceLifecycle
import Web

/// A request that was let in, as the routes see it: its parts parsed into our own words.
struct Exchange: Sendable {
    let operations: any Operations
    let request: Request
    /// The loop of the connection that it came by.
    let loop: any EventLoop
    let body: IncomingBody
    let query: Query
    let limits: ServerConfiguration.Limits
    /// Where archives of pipelines pass.
    let archives: Turnstile
    let metrics: MetricsRegistry
    let health: RootHealth
    let parameters: PathParameters
    let requestID: String
    let log: RequestLog
    /// Whether the request has the token; it does where the route needs one.
    let hasToken: Bool
    let instance: String

    var headers: HTTPFields { request.headers }

    // MARK: Names in the path

    var repo: RepoName { get throws(PachError) { try RepoName(try parameters.text("repo")) } }

    var branch: Branch {
        get throws(PachError) { Branch(repo: try repo, name: try BranchName(try parameters.text("branch"))) }
    }

    /// A branch's name or any revision.
    var commit: CommitReference {
        get throws(PachError) { try CommitReference(repo: try repo, revision: try parameters.text("commit")) }
    }

    var pipeline: PipelineName { get throws(PachError) { try PipelineName(try parameters.text("pipeline")) } }

    var id: CommitID { get throws { try CommitID(parsing: try parameters.text("id")) } }

    var object: ObjectID { get throws { try ObjectID(parsing: try parameters.text("object")) } }

    var datum: Digest { get throws { try Digest(parsing: try parameters.text("datum")) } }

    /// The file; the root where the template has no path.
    var file: FileReference {
        get throws(PachError) {
            var names: [FileName] = []
            for segment in parameters.rest("path") where !segment.isEmpty {
                names.append(try FileName(try PercentEncoding.decode(segment)))
            }
            return FileReference(commit: try commit, path: FilePath(names))
        }
    }

    // MARK: Names elsewhere

    /// A revision of the repo in the path, or `repo@revision`.
    func commit(named text: String?) throws(PachError) -> CommitReference? {
        guard let text, !text.isEmpty else { return nil }
        return text.contains("@") ? try CommitReference(text) : try CommitReference(repo: try repo, revision: text)
    }

    func putMode() throws(PachError) -> PutMode {
        try query.choice("mode", as: PutMode.self) ?? .overwrite
    }

    // MARK: Body and headers

    /// The JSON body; an absent one is the empty object.
    func json<Body: JSONBody>(_ type: Body.Type) async throws -> Body {
        let bytes = try await body.collect(upTo: limits.bodyByteCountMax)
        let what = "the request's body"
        return try JSON.decode(Strict<Body>.self, from: bytes.isEmpty ? Array("{}".utf8) : bytes, what: what).body
    }

    func accepts(_ mediaType: String) -> Bool {
        headers[values: .accept].contains { $0.lowercased().contains(mediaType) }
    }

    // MARK: Waiting

    /// Carries out what may take hours, until the client leaves or the server stops; the connection can serve no further request.
    func whileClientStays<Value: Sendable>(_ operation: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await body.whileClientStays { try await cancelWhenGracefulShutdown(operation) }
    }
}
