import HTTPTypes
import Model
import Web

/// What the engine threw when the front asked it for something: no mistake of the front's client, whatever its code says.
struct EngineFailure: Error {
    var cause: any Error
    /// What the client is told, which is little: names and addresses of the engine's are not for everybody.
    var problem: HTTPProblem

    init(_ error: PachError) {
        cause = error
        problem =
            switch error.code {
            // What a client can do about it is the same here as there.
            case .overloaded: HTTPProblem(error, headers: [.retryAfter: "1"])
            case .outOfSpace: HTTPProblem(error)
            case .locked, .unavailable, .stopped:
                HTTPProblem(
                    PachError(.unavailable, "the engine cannot be asked now", hint: "Try again in a moment."), headers: [.retryAfter: "1"])
            default:
                HTTPProblem(
                    PachError(
                        .unavailable, "the engine could not do its part",
                        hint: "The operator finds why in the log of 'recommend serve', under the request's id."), status: 502)
            }
    }

    /// For an engine that does not answer.
    init(silentFor time: Duration) {
        let error = PachError(.unavailable, "the engine did not answer within \(time)", hint: "Try again in a moment.")
        cause = error
        problem = HTTPProblem(error, headers: [.retryAfter: "1"])
    }

    /// Without `Retry-After`, which clients heed by themselves: the request would be stored again.
    init(_ outcome: UnknownOutcome, in repo: RepoName) {
        cause = outcome.cause
        let look =
            outcome.name.kind == .predict
            ? "Ask for its result: where that is 404, it was not stored." : "It was where repo \(repo) has the file \(outcome.name.path)."
        problem = HTTPProblem(
            PachError(.unavailable, "it is not known whether the request was stored", hint: "\(look) Only then send it again."),
            filename: outcome.name.description)
    }

    /// Carries out what asks the engine; what is wrong with the request itself has to be thrown as `HTTPProblem`.
    static func telling<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as PachError {
            throw EngineFailure(error)
        }
    }

    /// Whether the log should tell: what passes by itself concerns the client alone.
    var isForLog: Bool {
        if let error = cause as? PachError { return error.code != .overloaded }
        return !(cause is CancellationError)
    }
}
