import ArgumentParser
import Model
import Operations

struct DiffFile: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "file", abstract: "Compare a file or folder in two commits.",
        discussion: manual(
            """
            Prints a row for each path: + for what is new, - for what is gone, both for what changed. Then the differences of \
            files up to \(byteText(TextDifference.byteCountMax)), line by line.

            Example:
              pach diff file training@master:/ training@master^:/
            """), aliases: ["files"])

    @Argument(help: "The new file: repo@branch-or-commit:/path.", completion: .branch)
    var new: String

    @Argument(help: "The old file. (default: the same path in the parent commit)")
    var old: String?

    @Flag(help: "Only the rows.")
    var nameOnly = false

    @Flag(name: .shortAndLong, help: "Do not look into folders.")
    var shallow = false

    @Option(help: ArgumentHelp("What compares two folders, and prints.", valueName: "command"))
    var diffCommand: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: new) }

    func run(_ connection: Connection, in session: Session) async throws {
        let new = try parsing(FileReference(new))
        let old = try old.map { try parsing(FileReference($0)) }
        let differences = try await connection.engine.diffFiles(new: new, old: old, shallow: shallow)
        try output.print(differences, session.console) {
            var table = Table(["OP", "SIZE", "NAME"])
            for difference in differences {
                if let file = difference.newFile { table.append(row(Cell("+", .green), file)) }
                if let file = difference.oldFile { table.append(row(Cell("-", .red), file)) }
            }
            return session.text(table, global)
        }
        guard !nameOnly, !shallow, !output.raw, output.output == nil else { return }
        let text = TextDifference(
            command: diffCommand?.split(separator: " ").map(String.init)
                ?? ["git", "-c", "color.ui=\(session.usesColor(global) ? "always" : "never")", "--no-pager", "diff", "--no-index"],
            newPath: new.path, oldPath: old?.path ?? new.path)
        try await text.print(differences, connection.engine, session.console)
    }

    private func row(_ sign: Cell, _ file: FileInfo) -> [Cell] {
        [sign, Cell(byteText(file.sizeBytes)), Cell(pathText(file))]
    }
}
