import ArgumentParser
import Model
import Operations

struct Why: Verb {
    static let configuration = verb("why", "Tell why something is as it is.", nouns: [WhyObject.self])
}

struct WhyObject: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "object",
        abstract: "Tell what keeps a Git object: which repos have it, and which commits and refs need it, by what path.",
        discussion: manual(
            """
            What nothing keeps is freed by 'pach gc'.

            Example:
              pach why object 76701c9ee1ae463f80071c93ef715ada4b5c74d5
            """))

    @Argument(help: "The object's id: 40 hexadecimal digits, as Git and 'pach inspect file' show it.")
    var id: String

    @Option(
        name: .shortAndLong, parsing: .unconditional, help: "Show at most so many commits of each repo.", transform: counting(from: 0))
    var number = ObjectUse.keeperCountDefault

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    func run(_ connection: Connection, in session: Session) async throws {
        let uses = try await connection.engine.whyObject(parsing(ObjectID(parsing: id)), number: number)
        try output.print(uses, session.console) {
            var text = ""
            for use in uses {
                text +=
                    "\(use.repo): a \(use.kind) of \(byteText(use.sizeBytes)), "
                    + (use.keeperCount == 0 ? "kept by nothing; 'pach gc' frees it\n" : "kept by\n")
                guard use.keeperCount > 0 else { continue }
                var table = Table(["COMMIT", "BRANCH", "PATH", "REFS"], .cut("REFS", to: 0))
                for keeper in use.keepers {
                    table.append([
                        Cell(keeper.commit?.id.description ?? "-"), Cell(keeper.commit?.branch.name.description ?? "-"),
                        Cell(keeper.path.map { pathText($0) } ?? "(the Git commit)"), Cell(keeper.refs.joined(separator: ", ")),
                    ])
                }
                text += session.text(table, global)
                if use.keeperCount > use.keepers.count { text += "and \(use.keeperCount - use.keepers.count) more\n" }
            }
            return text
        }
    }
}
