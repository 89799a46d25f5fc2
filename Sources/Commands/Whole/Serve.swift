import ArgumentParser
import Model

struct Serve: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the data root over HTTP, and run jobs as they come, until stopped.",
        discussion: manual(
            """
            Other commands find the server by themselves where they have the data root at hand; elsewhere PACH_ADDRESS and \
            PACH_TOKEN lead to it. It answers to the address that it listens on, to localhost, and to names given with --known-as.

            Jobs that fail are logged on standard error; with --verbose all that end.

            At most 512 connections are open at a time. For the next, the one that has idled longest is closed, once that is a second; \
            where all have a request at work, the one whose client has been slow longest, 10 s or more behind 16 KiB/s; where there is none, \
            the next one waits. A client that sends nothing for a minute, or falls a minute \
            behind 1 KiB/s in sending or in taking, is cut off.

            Example:
              pach serve --listen 127.0.0.1:1650
            """))

    @Option(help: ArgumentHelp("Where to accept requests; port 0 takes any free one.", valueName: "host:port"))
    var listen = "127.0.0.1:1650"

    @Option(help: ArgumentHelp("A further name that clients may use for this host; may be given several times.", valueName: "name"))
    var knownAs: [String] = []

    @OptionGroup var sandbox: SandboxOptions

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    func run(in session: Session) async throws {
        let address = try parsing(ListenAddress(parsing: listen))
        let options = ServeOptions(
            open: try session.ownRoot(global, sandbox: sandbox.kind, createsRoot: true), address: address, knownAs: knownAs,
            isVerbose: global.verbose)
        try await session.backend.serve(options, onWaiting: session.console.remark) { served in
            let root = "\(served.isNew ? "Made a new data root in" : "Serving the data root") \(quoted(served.path))"
            session.console.remark("\(root)\nListening on \(served.url)")
        }
    }
}
