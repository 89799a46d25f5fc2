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
        let (host, port) = try listenAddress(listen)
        let options = ServeOptions(
            open: try session.ownRoot(global, sandbox: sandbox.kind, createsRoot: true), host: host, port: port, knownAs: knownAs,
            isVerbose: global.verbose)
        try await session.backend.serve(options, onWaiting: session.console.remark) { session.console.remark("Listening on \($0)") }
    }
}

/// Reads `HOST:PORT`; an IPv6 address stands in brackets.
func listenAddress(_ text: String) throws -> (host: String, port: Int) {
    let mistake = UsageError(
        "\(quoted(text)) is not an address to listen on", hint: "Write HOST:PORT, such as 127.0.0.1:1650 or [::1]:1650.")
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { throw mistake }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
        host = host.dropFirst().dropLast()
    } else if host.contains(":") {
        throw mistake
    }
    guard !host.isEmpty else { throw mistake }
    return (String(host), Int(port))
}
