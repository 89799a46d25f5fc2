import ArgumentParser
import Model
import Operations

struct ListFile: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "file", abstract: "List the files in a folder.",
        discussion: manual("Example:\n  pach list file training@master:/2026"), aliases: ["files"])

    @Argument(help: "The folder: repo@branch-or-commit[:/path].", completion: .branch)
    var folder: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: folder) }

    func run(_ connection: Connection, in session: Session) async throws {
        let files = try await connection.engine.listFiles(parsing(FileReference(folder)))
        try output.print(files, session.console) { session.text(fileTable(files), global) }
    }
}

struct GlobFile: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "file", abstract: "List the files and folders that match a pattern.",
        discussion: manual("Example:\n  pach glob file 'training@master:/2026/*.csv'"), aliases: ["files"])

    @Argument(help: "The pattern: repo@branch-or-commit:/pattern.", completion: .branch)
    var pattern: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: pattern) }

    func run(_ connection: Connection, in session: Session) async throws {
        let pattern = try parsing(FilePattern(pattern))
        let files = try await connection.engine.globFiles(pattern.pattern, in: pattern.commit)
        try output.print(files, session.console) { session.text(fileTable(files), global) }
    }
}

private func fileTable(_ files: [FileInfo]) -> Table {
    var table = Table(["SIZE", "NAME"])
    for file in files { table.append([Cell(byteText(file.sizeBytes)), Cell(pathText(file))]) }
    return table
}
