import ArgumentParser
import Model
import Operations

struct DeleteFile: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "file", abstract: "Delete a file in a new commit; earlier commits keep it.",
        discussion: manual("Example:\n  pach delete file training@master:/2024 -r"), aliases: ["files"])

    @Argument(help: "The file: repo@branch-or-commit:/path.", completion: .branch)
    var file: String

    @Flag(name: .shortAndLong, help: "Delete a folder with all that is below it.")
    var recursive = false

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: file) }

    func run(_ connection: Connection, in session: Session) async throws {
        let file = try parsing(FileReference(file))
        let result = try await connection.engine.deleteFile(file, recursive: recursive)
        session.remarkPendingJobs(result.pendingJobs, connection)
    }
}
