internal import CSandbox
internal import Model

/// What a supervisor is told about a program: the working directory, the arguments and the variables, each ended by a NUL.
struct RunPayload: Sendable {
    let bytes: [UInt8]
    let arguments: Int
    let variables: Int

    /// Whether the supervisor takes it. What it does not take, no kernel would.
    var fits: Bool { bytes.count <= Int(PACH_MAXIMUM_PAYLOAD) }

    init(_ command: SandboxCommand, paths: SandboxPaths) throws(SandboxError) {
        let environment = Self.environment(of: command, paths: paths)
        let strings =
            [command.workingDirectory ?? paths.code ?? "/"] + command.arguments
            + environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        guard !command.arguments.isEmpty else {
            throw SandboxError(.invalidCommand, "A command needs at least the name of a program.")
        }
        if let string = strings.first(where: { $0.utf8.contains(0) }) {
            throw SandboxError(.invalidCommand, "A command cannot hold a NUL character: \(string.debugDescription).")
        }
        if let name = environment.keys.first(where: { $0.isEmpty || $0.utf8.contains(UInt8(ascii: "=")) }) {
            throw SandboxError(.invalidCommand, "\(name.debugDescription) is no name for a variable.")
        }
        var bytes: [UInt8] = []
        for string in strings {
            bytes.append(contentsOf: string.utf8)
            bytes.append(0)
        }
        self.bytes = bytes
        arguments = command.arguments.count
        variables = environment.count
    }

    private static func environment(of command: SandboxCommand, paths: SandboxPaths) -> [String: String] {
        let standard: [StandardVariable: String] = [
            .home: paths.temporary,
            .temporary: paths.temporary,
            // Programs that ask for the user's name find it here; the identity has no entry in /etc/passwd.
            .user: "pach",
            .loginName: "pach",
            // Names of files are UTF-8.
            .language: "C.UTF-8",
            .path: SandboxCommand.standardPath,
        ]
        var environment = command.environment
        for (variable, value) in standard where environment[variable.rawValue] == nil { environment[variable.rawValue] = value }
        let path = StandardVariable.path.rawValue
        if let programs = paths.programs, let given = environment[path] {
            environment[path] = given.isEmpty ? programs : "\(programs):\(given)"
        }
        return environment
    }
}
