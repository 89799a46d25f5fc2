import API
import ArgumentParser
import Model

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where the engine is, and what it asks for, as options of commands that speak with it.
struct EngineAddress: ParsableArguments {
    @Option(help: ArgumentHelp("The server of the engine. (default: PACH_ADDRESS, else that of the data root)", valueName: "url"))
    var pach: String?

    @Option(
        help: ArgumentHelp(
            "The server's token. (default: PACH_TOKEN, else the one in the data root, which goes to the root's own server and to loopback; "
                + "with --root also to --pach)",
            valueName: "token"))
    var token: String?

    @Option(
        help: ArgumentHelp("The data root, to find its server and read the token. (default: PACH_ROOT, else ./repos)", valueName: "dir"),
        completion: .directory)
    var root: String?

    /// A client of its own, with connections of its own.
    func connect() throws -> EngineClient {
        let environment = ProcessInfo.processInfo.environment.filter { !$0.value.isEmpty }
        let note = ServerNote.read("\(rootFolder(environment))/.pach/server")
        let url = findURL(environment, note)
        return try EngineClient(url: url, token: try findToken(environment, for: url, note))
    }

    /// - Parameter note: the URL of the data root's own server.
    private func findURL(_ environment: [String: String], _ note: String?) -> String {
        // What is on the command line goes before a variable.
        return pach ?? (root == nil ? nil : note) ?? environment["PACH_ADDRESS"] ?? note ?? "http://127.0.0.1:1650"
    }

    private func rootFolder(_ environment: [String: String]) -> String {
        root ?? environment["PACH_ROOT"] ?? "./repos"
    }

    private func findToken(_ environment: [String: String], for url: String, _ note: String?) throws -> String {
        if let token { return token }
        if root == nil, let token = environment["PACH_TOKEN"] { return token }
        // Whoever names a root means its token, wherever the server is.
        guard root != nil || RootToken.isMeant(for: url, own: note) else {
            throw PachError(
                .unauthenticated, "\(quoted(url)) is not the server of the data root \(quoted(rootFolder(environment)))",
                cause: "the root's token goes to its own server and to loopback addresses alone",
                hint: "Give the server's token with PACH_TOKEN, or name the root with --root DIR.")
        }
        let file = "\(rootFolder(environment))/.pach/token"
        do {
            return String(try String(contentsOfFile: file, encoding: .utf8).prefix { !$0.isWhitespace })
        } catch {
            // Why not, a person would not read in Foundation's words; mostly it is another folder.
            throw PachError(
                .unauthenticated, "could not read the token in \(quoted(file))",
                hint: "Name the data root with --root DIR, or give the token with PACH_TOKEN.")
        }
    }
}
