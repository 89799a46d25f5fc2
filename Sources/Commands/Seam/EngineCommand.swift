import ArgumentParser
import Model
import Operations

/// A command that works in a session.
protocol SessionCommand: AsyncParsableCommand {
    func run(in session: Session) async throws
}

extension SessionCommand {
    mutating func run() async throws {
        guard let session = Session.current else { preconditionFailure("commands run inside Pach.run") }
        try await run(in: session)
    }
}

/// A command that asks something of an engine, when it is ready to.
protocol EngineUser: SessionCommand {
    var global: GlobalOptions { get }
    /// What the command is about, so that a misspelt name can be put right.
    var subject: Subject? { get }
    var sandbox: SandboxKind? { get }
    /// Whether it makes a data root where there is none.
    var createsRoot: Bool { get }
}

/// A command that asks something of an engine, and does nothing before.
protocol EngineCommand: EngineUser {
    func run(_ connection: Connection, in session: Session) async throws
}

extension EngineCommand {
    func run(in session: Session) async throws {
        try await withEngine(session) { try await run($0, in: session) }
    }
}

extension EngineUser {
    var subject: Subject? { nil }
    var sandbox: SandboxKind? { nil }
    var createsRoot: Bool { false }

    /// Reaches an engine, works with it, and closes it.
    func withEngine(_ session: Session, _ work: (Connection) async throws -> Void) async throws {
        // A name that cannot be need not wait for one.
        try subject?.check()
        let connection = try await session.connect(global, sandbox: sandbox, createsRoot: createsRoot)
        do {
            guard sandbox == nil || !connection.runsJobs else {
                throw UsageError("a server runs the jobs, in sandboxes of its own choice", hint: "Give --sandbox to 'pach serve'.")
            }
            try await work(connection)
        } catch {
            let error = await withSuggestion(error, connection.engine)
            // The command's own failure is the one to report, whatever closing says.
            do { try await connection.engine.close() } catch {}
            throw error
        }
        try await connection.engine.close()
    }

    /// Adds the nearest name to a failure to find something.
    private func withSuggestion(_ error: any Error, _ engine: any Operations) async -> any Error {
        guard var failure = error as? PachError, failure.code == .notFound, failure.hint == nil, let subject else { return error }
        failure.hint = await subject.suggestion(engine)
        return failure
    }
}

/// The repo or pipeline that a command's argument begins with.
enum Subject {
    case repo(String)
    case pipeline(String)

    /// What stands before the `@` or `:` of a reference to a commit or file.
    static func repo(of reference: String) -> Subject { .repo(String(reference.prefix { $0 != "@" && $0 != ":" })) }

    /// What stands before the `@` of a reference to a job.
    static func pipeline(of reference: String) -> Subject { .pipeline(String(reference.prefix { $0 != "@" })) }

    /// - Throws: `UsageError` where nothing can have such a name.
    func check() throws {
        switch self {
        case .repo(let name): _ = try parsing(RepoName(name))
        case .pipeline(let name): _ = try parsing(PipelineName(name))
        }
    }

    /// A sentence that leads to what may be meant; nil where the name exists, and it was something else that could not be found.
    func suggestion(_ engine: any Operations) async -> String? {
        do {
            switch self {
            case .repo(let name):
                return nearestHint(to: name, in: try await engine.listRepos(kinds: Set(RepoName.Kind.allCases)).map(\.repo.description))
            case .pipeline(let name):
                let pipelines = try await engine.listPipelines().map(\.pipeline.name.description)
                if let hint = nearestHint(to: name, in: pipelines) { return hint }
                let repos = try await engine.listRepos(kinds: Set(RepoName.Kind.allCases)).map(\.repo.description)
                guard !pipelines.contains(name), repos.contains(name) else { return nil }
                return "\(quoted(name)) is a repo that no pipeline writes; 'pach list pipeline' shows the pipelines."
            }
        } catch {
            // A suggestion is a courtesy: without it the failure stands as it is.
            return nil
        }
    }
}
