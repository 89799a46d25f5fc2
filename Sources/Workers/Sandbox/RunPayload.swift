internal import CSandbox

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
        var environment = [
            "HOME": paths.temporary,
            "TMPDIR": paths.temporary,
            // Programs that ask for the user's name find it here; the identity has no entry in /etc/passwd.
            "USER": "pach",
            "LOGNAME": "pach",
            // Names of files are UTF-8.
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ].merging(command.environment) { $1 }
        if let programs = paths.programs, let path = environment["PATH"] {
            environment["PATH"] = path.isEmpty ? programs : "\(programs):\(path)"
        }
        return environment
    }
}
