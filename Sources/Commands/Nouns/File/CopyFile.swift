import ArgumentParser
import Model
import Operations

struct CopyFile: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "file", abstract: "Copy a file or folder, without its bytes being read or stored again.",
        discussion: manual("Example:\n  pach copy file training@master:/a.csv training@staging:/a.csv"), aliases: ["files"])

    @Argument(help: "What to copy: repo@branch-or-commit:/path.", completion: .branch)
    var source: String

    @Argument(help: "Where to: repo@branch-or-commit:/path.", completion: .branch)
    var destination: String

    @Flag(name: .shortAndLong, help: "Append to files that are there already.")
    var append = false

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: source) }

    func run(_ connection: Connection, in session: Session) async throws {
        let result = try await connection.engine.copyFile(
            from: parsing(FileReference(source)), to: parsing(FileReference(destination)), mode: append ? .append : .overwrite)
        session.remarkPendingJobs(result.pendingJobs, connection)
    }
}
