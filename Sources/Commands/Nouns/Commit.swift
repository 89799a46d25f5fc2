import ArgumentParser
import Model
import Operations

struct StartCommit: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "Start a commit, and print its id.",
        discussion: manual(
            """
            Until it is finished, files are put in it and nothing follows from it.

            Example:
              pach start commit training@master -m 'March'
            """), aliases: ["commits"])

    @Argument(help: "The branch: repo@branch.", completion: .branch)
    var branch: String

    @Option(name: [.customShort("m"), .long, .customLong("description")], help: "What the commit is for.")
    var message = ""

    @Option(name: .shortAndLong, help: "The commit that it begins from. (default: the branch's head)")
    var parent: String?

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: branch) }

    func run(_ connection: Connection, in session: Session) async throws {
        let branch = try parsing(Branch(branch))
        let parent = try parent.map { try parsing(revision($0, of: branch.repo)) }
        let info = try await connection.engine.startCommit(branch, parent: parent, description: message)
        try session.console.write("\(info.commit.id)\n")
    }
}

struct FinishCommit: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "Finish a commit; the jobs that follow from it then wait to be run.",
        discussion: manual("Example:\n  pach finish commit training@master"), aliases: ["commits"])

    @Argument(help: "The commit: repo@branch or repo@id.", completion: .branch)
    var commit: String

    @Option(name: [.customShort("m"), .long, .customLong("description")], help: "What the commit is for.")
    var message: String?

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: commit) }

    func run(_ connection: Connection, in session: Session) async throws {
        let result = try await connection.engine.finishCommit(parsing(CommitReference(commit)), description: message)
        session.remarkPendingJobs(result.pendingJobs, connection)
    }
}

struct ListCommit: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "List commits, newest first.",
        discussion: manual(
            """
            Without an argument: the commit sets, each of which holds the commits that one action caused. With an id: the commits \
            of that set. With a repo: its commits, each with the branch that it was made on, wherever that has moved since; with \
            repo@branch or repo@id: that commit and its ancestors.

            Example:
              pach list commit training@master -n 10
            """), aliases: ["commits"])

    @Argument(help: "An id, a repo, repo@branch or repo@id.", completion: .branch)
    var commit: String?

    // A number that cannot be meant is a number, not another option.
    @Option(name: .shortAndLong, parsing: .unconditional, help: "At most so many.", transform: counting(from: 1))
    var number: Int?

    @Option(name: .shortAndLong, help: "Stop before this ancestor: a branch or commit of the repo.")
    var from: String?

    @Option(help: "Only commits of this origin: those of users, of pipelines.")
    var origin: WordOption<CommitOrigin>?

    @Flag(help: "Commits of every origin. (default)")
    var all = false

    @Flag(name: [.customShort("x"), .long], help: "Without an argument: the commits of the sets.")
    var expand = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { commit.map(Subject.repo(of:)) }

    func validate() throws {
        guard !all || origin == nil else { throw ValidationError("--all and --origin exclude each other.") }
        guard origin == nil || commit != nil || expand else {
            throw ValidationError("A commit set has commits of several origins; with --origin name a repo or a set, or add -x.")
        }
        guard from == nil || commit.map({ CommitID($0) == nil }) ?? false else { throw ValidationError("--from needs a repo.") }
    }

    func run(_ connection: Connection, in session: Session) async throws {
        guard let commit else {
            let sets = try await connection.engine.listCommitSets(number: number)
            return expand ? try print(sets.flatMap(\.commits).filter(isOfOrigin), session) : try print(sets, session)
        }
        if let id = CommitID(commit) {
            let commits = try await connection.engine.inspectCommitSet(id, wait: false).commits.filter(isOfOrigin)
            return try print(Array(commits.prefix(number ?? .max)), session)
        }
        var query = CommitQuery(repo: try parsing(CommitReference(commit)).repo, number: number, origin: origin?.value)
        if commit.contains("@") { query.to = try parsing(CommitReference(commit)) }
        query.from = try from.map { try parsing(revision($0, of: query.repo)) }
        try print(try await connection.engine.listCommits(query), session)
    }

    private func isOfOrigin(_ commit: CommitInfo) -> Bool {
        origin.map { $0.value == commit.origin.kind } ?? true
    }

    private func print(_ commits: [CommitInfo], _ session: Session) throws {
        try output.print(commits, session.console) { session.text(commitTable(commits, output.times(session.console)), global) }
    }

    private func print(_ sets: [CommitSetInfo], _ session: Session) throws {
        try output.print(sets, session.console) {
            let times = output.times(session.console)
            var table = Table(["ID", "SUBCOMMITS", "PROGRESS", "CREATED", "MODIFIED"], .drop("CREATED"))
            for set in sets {
                var progress = SetProgress(total: set.commits.count)
                progress.failed = set.commits.count { $0.error != nil }
                progress.succeeded = set.commits.count { $0.state == .finished && $0.error == nil }
                table.append([
                    Cell(set.commitSet.id.description), Cell(String(set.commits.count)), progress.cell,
                    Cell(times.ago(set.commits.map(\.started).min())), Cell(times.ago(set.commits.map { $0.finished ?? $0.started }.max())),
                ])
            }
            return session.text(table, global)
        }
    }
}

func commitTable(_ commits: [CommitInfo], _ times: TimeText) -> Table {
    var table = Table(
        ["REPO", "BRANCH", "COMMIT", "FINISHED", "SIZE", "ORIGIN", "DESCRIPTION"],
        .cut("DESCRIPTION", to: 11), .drop("ORIGIN"), .cut("DESCRIPTION", to: 7), .drop("SIZE"), .drop("FINISHED"), .cut("BRANCH", to: 8),
        .cut("REPO", to: 16))
    for commit in commits { table.append(commitRow(commit, times)) }
    return table
}

private func commitRow(_ info: CommitInfo, _ times: TimeText) -> [Cell] {
    [
        Cell(info.commit.branch.repo.description), Cell(info.commit.branch.name.description), Cell(info.commit.id.description),
        Cell(times.ago(info.finished)), Cell(byteText(info.details.sizeBytes)), Cell(info.origin.kind.rawValue),
        info.error.map { Cell("failed: \($0)", .red) } ?? Cell(info.description),
    ]
}

struct InspectCommit: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "Tell all of a commit, with what it is made from and what is made from it.",
        discussion: manual(
            """
            Provenance goes back to what users put, subvenance on to all that followed. For each branch they name the newest commit and count \
            those before it; -o json lists all of them.

            Example:
              pach inspect commit training@master
            """),
        aliases: ["commits"])

    @Argument(help: "The commit: repo@branch or repo@id; or the id of a commit set.", completion: .branch)
    var commit: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: commit) }

    func run(_ connection: Connection, in session: Session) async throws {
        _ = try await inspectCommit(commit, wait: false, connection.engine, output, global, session)
    }
}

struct WaitCommit: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "Wait until a commit is finished; fails where the commit did.",
        discussion: manual(
            """
            A server must be there, to run its job or to let others finish it. Without one the command tells at once how the commit is, \
            and fails unless it is finished.

            Example:
              pach wait commit model@master
            """),
        aliases: ["commits"])

    @Argument(help: "The commit: repo@branch or repo@id; or the id of a commit set.", completion: .branch)
    var commit: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: commit) }

    func run(_ connection: Connection, in session: Session) async throws {
        let commits = try await inspectCommit(commit, wait: connection.runsJobs, connection.engine, output, global, session)
        if let commit = commits.first(where: { $0.state != .finished }) { throw endlessWait("commit \(commit.commit) is not finished") }
        if commits.contains(where: { $0.error != nil }) { throw ExitCode.failure }
    }
}

/// Prints a commit or, named by an id alone, the commits of a set.
private func inspectCommit(
    _ text: String, wait: Bool, _ engine: any Operations, _ output: OutputOptions, _ global: GlobalOptions, _ session: Session
) async throws -> [CommitInfo] {
    // It is asked what time it is when the text is made: a wait may have taken long.
    if let id = CommitID(text) {
        let set = try await engine.inspectCommitSet(id, wait: wait)
        try output.print(set, session.console) { session.text(commitTable(set.commits, output.times(session.console)), global) }
        return set.commits
    }
    let info = try await engine.inspectCommit(parsing(CommitReference(text)), wait: wait, withProvenance: true)
    let provenance = CommitProvenance(info.provenance ?? info.directProvenance, direct: info.directProvenance)
    let subvenance = CommitProvenance(info.subvenance ?? [])
    try output.print(info, session.console) {
        commitFields(info, output.times(session.console))
            + (provenance.isEmpty ? "" : "Provenance:\n" + session.text(provenance.table, global))
            + (subvenance.isEmpty ? "" : "Subvenance:\n" + session.text(subvenance.table, global))
    }
    if output.isForPeople, provenance.isShortened || subvenance.isShortened {
        session.console.remark("'pach inspect commit \(info.commit) -o json' lists the older ones, too.")
    }
    return [info]
}

private func commitFields(_ info: CommitInfo, _ times: TimeText) -> String {
    var fields = Fields()
    fields.add("Commit", info.commit.description)
    fields.add("Branch", info.commit.branch.name.description)
    if !info.description.isEmpty { fields.add("Description", info.description) }
    fields.add("Parent", info.parentCommit?.id.description)
    fields.add("Started", times.ago(info.started))
    fields.add("Finished", times.ago(info.finished))
    fields.add("State", info.state.rawValue.lowercased())
    fields.add("Error", info.error)
    fields.add("Origin", info.origin.kind.rawValue)
    fields.add("Size", byteText(info.details.sizeBytes))
    fields.add("Git Commit", info.gitCommit?.description)
    return fields.text
}

struct SubscribeCommit: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "Print the commits of a branch, and go on as more are finished.",
        discussion: manual(
            """
            Needs a server: without one nobody else can make commits meanwhile.

            Example:
              pach subscribe commit model@master --new -o json
            """), aliases: ["commits"])

    @Argument(help: "The branch: repo or repo@branch.", completion: .branch)
    var branch: String

    @Option(help: "Begin after this commit: a branch or commit of the repo.")
    var from: String?

    @Flag(help: "Only commits that are finished from now on.")
    var new = false

    @Option(help: "Only commits of this origin.")
    var origin: WordOption<CommitOrigin>?

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: branch) }

    func validate() throws {
        guard !new || from == nil else { throw ValidationError("--new and --from exclude each other.") }
    }

    func run(_ connection: Connection, in session: Session) async throws {
        let reference = try parsing(CommitReference(branch))
        let branch = try branch.contains("@") ? parsing(Branch(branch)) : Branch(repo: reference.repo)
        let start = try from.map { SubscriptionStart.after(try parsing(revision($0, of: branch.repo))) } ?? (new ? .next : .first)
        guard connection.runsJobs else {
            throw endlessWait(
                "the commits of \(branch) cannot be followed",
                hint: "Start 'pach serve' first; 'pach list commit \(branch)' shows what is there.")
        }
        // Rows come one by one: the columns are as wide as what is known beforehand, so a later row may stand out.
        var isFirst = true
        func show(_ commit: CommitInfo) throws {
            guard origin.map({ $0.value == commit.origin.kind }) ?? true else { return }
            let row = try output.text(of: [commit]) {
                let text = session.text(commitTable([commit], output.times(session.console)), global)
                defer { isFirst = false }
                return isFirst ? text : String(text.drop { $0 != "\n" }.dropFirst())
            }
            // Nobody waits for what nobody reads: that ends the command.
            try session.console.write(row)
        }
        for try await commit in connection.engine.subscribeCommits(branch, from: start) { try show(commit) }
    }
}
