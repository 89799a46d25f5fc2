import ArgumentParser
import Model
import Operations

struct CreateRepo: EngineUser {
    static let configuration = CommandConfiguration(
        commandName: "repo", abstract: "Create a repo.",
        discussion: manual("Example:\n  pach create repo training -d 'Ratings as they come in'"), aliases: ["repos"])

    @Argument(help: "The repo's name.")
    var repo: String

    @Option(name: .shortAndLong, help: "What the repo is for.")
    var description = ""

    @OptionGroup var retention: RetentionOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var createsRoot: Bool { true }

    func run(in session: Session) async throws {
        // Before a data root is made for it.
        let repo = try parsing(RepoName(repo))
        let settings = RepoSettings(description: description, retention: try retention.retention())
        try await withEngine(session) { try await $0.engine.createRepo(repo, settings: settings, update: false) }
    }
}

/// How long a repo's commits are kept, as options.
struct RetentionOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Let 'pach gc' remove all but the newest so many commits of each branch.", valueName: "number"),
        transform: counting(from: 1))
    var keepCommits: Int?

    @Option(help: ArgumentHelp("Let 'pach gc' remove commits that were finished longer ago: 720h.", valueName: "duration"))
    var keepFor: String?

    /// - Returns: nil where none is given.
    func retention() throws -> Retention? {
        guard keepCommits != nil || keepFor != nil else { return nil }
        return Retention(commits: keepCommits, duration: try keepFor.map { try parsing(SpecDuration(parsing: $0)) })
    }
}

struct UpdateRepo: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "repo", abstract: "Change a repo's description, or how long its commits are kept.",
        discussion: manual(
            """
            What is not given stays: '--keep-for 0s' leaves it to the number alone, '--keep-commits 1' to the duration. Heads are kept \
            in any case, and so is a commit from which one of another repo is made, with all that come after it.

            Example:
              pach update repo training -d 'Ratings since 2024'
              pach update repo predictions --keep-commits 100 --keep-for 720h
            """), aliases: ["repos"])

    @Argument(help: "The repo's name.", completion: .repo)
    var repo: String

    @Option(name: .shortAndLong, help: "What the repo is for.")
    var description: String?

    @OptionGroup var retention: RetentionOptions

    @Flag(help: "Keep all commits from now on.")
    var keepAll = false

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(repo) }

    func validate() throws {
        let isKept = retention.keepCommits != nil || retention.keepFor != nil
        guard !keepAll || !isKept else { throw ValidationError("--keep-all excludes --keep-commits and --keep-for.") }
        guard description != nil || isKept || keepAll else {
            throw ValidationError("Give what is to change: -d, --keep-commits, --keep-for or --keep-all.")
        }
    }

    func run(_ connection: Connection, in session: Session) async throws {
        let repo = try parsing(RepoName(repo))
        // An update creates what is not there; here that would hide a slip of the finger.
        _ = try await connection.engine.inspectRepo(repo)
        let settings = RepoSettings(description: description, retention: keepAll ? .all : try retention.retention())
        try await connection.engine.createRepo(repo, settings: settings, update: true)
    }
}

/// Which repos a list shows.
enum RepoType: String, CaseIterable, ExpressibleByArgument {
    case user, meta, spec, all

    var kinds: Set<RepoName.Kind> {
        switch self {
        case .user: [.user]
        case .meta: [.meta]
        case .spec: [.spec]
        case .all: Set(RepoName.Kind.allCases)
        }
    }
}

struct ListRepo: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "repo", abstract: "List repos, newest first.",
        discussion: manual("Example:\n  pach list repo --type all"), aliases: ["repos"])

    @Option(help: "Which repos: those of users and outputs, of datum records, of specs, or all.")
    var type = RepoType.user

    @Flag(help: "All repos, as '--type all' does.")
    var all = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    func run(_ connection: Connection, in session: Session) async throws {
        let repos = try await connection.engine.listRepos(kinds: (all ? .all : type).kinds)
        try output.print(repos, session.console) {
            let times = output.times(session.console)
            var table = Table(["NAME", "CREATED", "SIZE (MASTER)", "DESCRIPTION"], .cut("DESCRIPTION", to: 0))
            for repo in repos {
                table.append([
                    Cell(repo.repo.description), Cell(times.ago(repo.created)), Cell(byteText(repo.details.sizeBytes)),
                    Cell(repo.description),
                ])
            }
            return session.text(table, global)
        }
        for repo in repos {
            if let problem = repo.problem { session.console.remark("Warning: \(problem)") }
        }
    }
}

struct InspectRepo: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "repo", abstract: "Tell all of a repo.",
        discussion: manual("Example:\n  pach inspect repo training"), aliases: ["repos"])

    @Argument(help: "The repo's name.", completion: .repo)
    var repo: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(repo) }

    func run(_ connection: Connection, in session: Session) async throws {
        let info = try await connection.engine.inspectRepo(parsing(RepoName(repo)))
        try output.print(info, session.console) {
            var fields = Fields()
            fields.add("Name", info.repo.description)
            if !info.description.isEmpty { fields.add("Description", info.description) }
            fields.add("Created", output.times(session.console).ago(info.created))
            fields.add("Size of HEAD on master", byteText(info.details.sizeBytes))
            if let retention = info.retention {
                let parts = [
                    retention.commits.map { "the newest \($0) of each branch" },
                    retention.duration.map { "those of the last \($0.text)" },
                ]
                fields.add("Commits kept", parts.compactMap(\.self).joined(separator: ", and "))
            }
            if !info.branches.isEmpty { fields.add("Branches", info.branches.map(\.name.description).joined(separator: ", ")) }
            if let problem = info.problem { fields.add("Problem", problem) }
            return fields.text
        }
    }
}

struct DeleteRepo: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "repo", abstract: "Delete a repo with all of its commits.",
        discussion: manual("Example:\n  pach delete repo training"), aliases: ["repos"])

    @Argument(help: "The repo's name.", completion: .repo)
    var repo: String?

    @Flag(help: "Delete all repos.")
    var all = false

    @Flag(name: .shortAndLong, help: "Delete it even where a pipeline reads or writes it.")
    var force = false

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { repo.map(Subject.repo) }

    func validate() throws {
        guard (repo != nil) != all else { throw ValidationError("Name a repo, or give --all.") }
    }

    func run(_ connection: Connection, in session: Session) async throws {
        if let repo {
            return try await connection.engine.deleteRepo(parsing(RepoName(repo)), force: force)
        }
        // Repos of other kinds belong to pipelines and go with them.
        let repos = try await connection.engine.listRepos(kinds: [.user]).map(\.repo)
        if !force { try requireUnused(repos, by: try await connection.engine.listPipelines()) }
        for repo in repos { try await connection.engine.deleteRepo(repo, force: force) }
    }

    /// Refuses before the first is gone what would be refused at one of them.
    private func requireUnused(_ repos: [RepoName], by pipelines: [PipelineInfo]) throws {
        let used = Set(pipelines.map { $0.pipeline.name.repo() } + pipelines.flatMap(\.inputRepos))
        guard let repo = repos.first(where: used.contains) else { return }
        throw PachError(
            .conflict, "repo \(repo) is written or read by a pipeline; none is deleted",
            hint: "Use 'pach delete pipeline --all' first, or --force.")
    }
}
