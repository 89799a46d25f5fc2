import ArgumentParser
import Model
import Operations

struct Version: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version of the program, and of the server that PACH_ADDRESS names.",
        discussion: manual("Example:\n  pach version -o json"))

    @Flag(help: "Do not ask the server.")
    var clientOnly = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    /// A part of the system, and its version.
    private struct Component: Encodable {
        var component: String
        var version: String
        var format: Int
    }

    func run(in session: Session) async throws {
        let own = session.backend.version
        var components = [Component(component: "pach", version: own.version, format: own.format)]
        if !clientOnly, let engine = try await session.server(global)?.engine {
            let version = try await engine.version()
            components.append(Component(component: "server", version: version.version, format: version.format))
            try await engine.close()
        }
        try output.print(components, session.console) {
            var table = Table(["COMPONENT", "VERSION"])
            for component in components { table.append([Cell(component.component), Cell(component.version)]) }
            return session.text(table, global)
        }
    }
}
