import ArgumentParser
import Model
import Operations

struct CreateBranch: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "branch", abstract: "Create a branch, or move one.",
        discussion: manual("Example:\n  pach create branch training@staging --head master^"), aliases: ["branches"])

    @Argument(help: "The branch: repo@branch.", completion: .branch)
    var branch: String

    @Option(help: "Where it points: a branch, a commit or branch=commit of the repo.")
    var head: String?

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: branch) }

    func run(_ connection: Connection, in session: Session) async throws {
        let branch = try parsing(Branch(branch))
        let head = try head.map { try parsing(revision($0, of: branch.repo)) }
        _ = try await connection.engine.createBranch(branch, head: head)
        try await session.remarkPendingJobs(connection)
    }
}

/// Reads `repo@ref`, or `ref` alone, which is one of `repo`.
func revision(_ text: String, of repo: RepoName) throws(PachError) -> CommitReference {
    text.contains("@") ? try CommitReference(text) : try CommitReference(repo: repo, revision: text)
}

struct ListBranch: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "branch", abstract: "List the branches of a repo.",
        discussion: manual("Example:\n  pach list branch training"),
        aliases: ["branches"])

    @Argument(help: "The repo's name.", completion: .repo)
    var repo: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(repo) }

    func run(_ connection: Connection, in session: Session) async throws {
        let branches = try await connection.engine.listBranches(parsing(RepoName(repo)))
        try output.print(branches, session.console) {
            var table = Table(["BRANCH", "HEAD"])
            for info in branches {
                table.append([Cell(info.branch.name.description), Cell(info.head?.id.description ?? "-")])
            }
            return session.text(table, global)
        }
    }
}

struct InspectBranch: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "branch", abstract: "Tell all of a branch.",
        discussion: manual("Example:\n  pach inspect branch training@master"),
        aliases: ["branches"])

    @Argument(help: "The branch: repo@branch.", completion: .branch)
    var branch: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: branch) }

    func run(_ connection: Connection, in session: Session) async throws {
        let info = try await connection.engine.inspectBranch(parsing(Branch(branch)))
        try output.print(info, session.console) {
            var fields = Fields()
            fields.add("Name", info.branch.description)
            fields.add("Head Commit", info.head?.description ?? "-")
            if !info.provenance.isEmpty { fields.add("Provenance", info.provenance.map(\.description).joined(separator: ", ")) }
            if !info.subvenance.isEmpty { fields.add("Subvenance", info.subvenance.map(\.description).joined(separator: ", ")) }
            return fields.text
        }
    }
}

struct DeleteBranch: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "branch", abstract: "Delete a branch; its commits stay.",
        discussion: manual("Example:\n  pach delete branch training@staging"),
        aliases: ["branches"])

    @Argument(help: "The branch: repo@branch.", completion: .branch)
    var branch: String

    @Flag(name: .shortAndLong, help: "Delete it even where a pipeline reads or writes it.")
    var force = false

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: branch) }

    func run(_ connection: Connection, in session: Session) async throws {
        try await connection.engine.deleteBranch(parsing(Branch(branch)), force: force)
    }
}
