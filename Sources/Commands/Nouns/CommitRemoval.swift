import ArgumentParser
import Model
import Operations

struct SquashCommit: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "Remove a commit set, and keep what it changed in the commits after it.",
        discussion: manual(
            """
            Each of its commits needs a child. What the children show stays the same, and so do all commit ids; the ids that Git gives \
            to the commits after it change. The bytes that nothing else needs are freed by 'pach gc'.

            Example:
              pach squash commit 5f93d03b65fa421996185e53f7f8b1e4
            """), aliases: ["commits"])

    @Argument(help: "The id of the commit set, as 'pach list commit' shows it.")
    var id: String

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    func run(_ connection: Connection, in session: Session) async throws {
        try await connection.engine.squashCommitSet(commitSetID(id, verb: "squash"))
    }
}

struct DeleteCommit: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "Remove the newest commit set with what it changed; branches go back to the commits before.",
        discussion: manual(
            """
            None of its commits may have a child. The commits that pipelines made or would make from it go too, and their jobs are \
            stopped. The bytes that nothing else needs are freed by 'pach gc'.

            Example:
              pach delete commit 5f93d03b65fa421996185e53f7f8b1e4
            """), aliases: ["commits"])

    @Argument(help: "The id of the commit set, as 'pach list commit' shows it.")
    var id: String

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    func run(_ connection: Connection, in session: Session) async throws {
        try await connection.engine.dropCommitSet(commitSetID(id, verb: "delete"))
    }
}

/// Reads the id of a commit set; whoever names one commit of it learns how to name the set.
private func commitSetID(_ text: String, verb: String) throws -> CommitID {
    if let id = CommitID(text) { return id }
    if let at = text.lastIndex(of: "@") {
        let id = CommitID(text[text.index(after: at)...])
        throw UsageError(
            "\(quoted(text)) names one commit; a commit set goes as a whole",
            hint: id.map { "Write 'pach \(verb) commit \($0)'." } ?? "'pach inspect commit \(text)' shows its id; give that.")
    }
    throw UsageError(
        "\(quoted(text)) is not the id of a commit set", hint: "An id has 32 hexadecimal digits; 'pach list commit' shows them.")
}
