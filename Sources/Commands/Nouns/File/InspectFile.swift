import ArgumentParser
import Model
import Operations

struct InspectFile: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "file", abstract: "Tell all of a file or folder.",
        discussion: manual("Example:\n  pach inspect file training@master:/a.csv"), aliases: ["files"])

    @Argument(help: "The file: repo@branch-or-commit:/path.", completion: .branch)
    var file: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: file) }

    func run(_ connection: Connection, in session: Session) async throws {
        let info = try await connection.engine.inspectFile(parsing(FileReference(file)))
        try output.print(info, session.console) {
            var fields = Fields()
            fields.add("Path", pathText(info.file.path))
            fields.add("Commit", info.file.commit.description)
            fields.add("Type", info.fileType.rawValue.lowercased())
            fields.add("Size", byteText(info.sizeBytes))
            fields.add("Committed", output.times(session.console).ago(info.committed))
            fields.add("Hash", info.hash.description)
            return fields.text
        }
    }
}
