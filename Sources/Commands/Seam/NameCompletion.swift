import ArgumentParser
import Model
import Operations

/// What a shell completes where a name is meant: those that the data root has, or the server. They have nothing in them that a shell would expand.
extension CompletionKind {
    static let repo = names { try await $0.listRepos(kinds: [.user]).map(\.repo.description) }
    static let branch = names { try await $0.listRepos(kinds: [.user]).flatMap(\.branches).map(\.description) }
    static let pipeline = names { try await $0.listPipelines().map(\.pipeline.name.description) }
    static let job = names { try await $0.listJobs(JobQuery(number: jobCountMax)).map(\.job.description) }

    /// More than this nobody picks one of.
    private static let jobCountMax = 50

    private static func names(_ list: @escaping @Sendable (any Operations) async throws -> [String]) -> CompletionKind {
        .custom { words, _, _ in
            guard var session = Session.current else { preconditionFailure("names are completed inside Pach.run") }
            // The line that is being typed is not the place to say anything.
            session.console.error = { _ in }
            do {
                let connection = try await session.connect(GlobalOptions.typed(in: words), sandbox: nil, createsRoot: false)
                let names = try await list(connection.engine)
                try await connection.engine.close()
                return names
            } catch {
                // As where there are no names: whoever goes on without one is told what is wrong.
                return []
            }
        }
    }
}

extension GlobalOptions {
    /// Those that say where to look, on a line that is not complete yet. Nobody waits long for a completion.
    fileprivate static func typed(in words: [String]) throws -> GlobalOptions {
        var options = ["--lock-timeout", "500ms"]
        if let word = words.last(where: { $0.hasPrefix("--root=") }) { options.append(word) }
        if let place = words.lastIndex(of: "--root"), place + 1 < words.count { options += ["--root", words[place + 1]] }
        return try parse(options)
    }
}
