internal import CSandbox
internal import Files
internal import Glibc
internal import Model

/// What a worker shares with a process that takes many datums: the socket at which it asks for them, and `/pfs/.env`.
struct BatchControl: Sendable {
    let socket: NextSocket
    /// What a sandbox has to show. Both are there before it is built.
    let binds: [SandboxBind]

    private static let socketName = "next.sock"

    private let folder: SandboxBind
    private let file: SandboxBind

    /// Makes what is missing. Blocks.
    init(scratch: String, identity: SandboxIdentity?) throws {
        // Not within /pfs, whose inputs are named by users.
        folder = SandboxBind(source: "\(scratch)/control", destination: "/run/pach/control", access: .readOnly)
        // Where a sandbox that shows the host's folders has it anyhow.
        file = SandboxBind(source: "\(scratch)/pfs/.env", destination: "/pfs/.env", access: .readOnly)
        binds = [folder, file]
        let folders = SandboxFolders(scratch: scratch, inputs: [])
        for path in [folder.source, folders.pfs] {
            do throws(PachError) {
                try Folder.createAll(path)
            } catch {
                throw SandboxError(.folder, "The folder \(path) could not be made: \(error.cause ?? error.message).", hint: error.hint)
            }
        }
        guard chmod(folder.source, 0o711) == 0 else { throw Self.failure(folder.source, errno) }
        socket = try NextSocket(name: Self.socketName, in: folder.source, owner: identity)
        // Variables may be secrets: nobody reads them but the engine, which writes them, and the worker's own group.
        unlink(file.source)
        let descriptor = open(file.source, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(file.source, errno) }
        let fresh = Descriptor(descriptor)
        if let identity, fchown(fresh.raw, geteuid(), identity.group) != 0 || fchmod(fresh.raw, 0o640) != 0 {
            throw Self.failure(file.source, errno)
        }
    }

    /// Where the process finds the socket.
    func socketPath(_ paths: SandboxPaths) throws(SandboxError) -> String {
        let path = "\(paths.path(of: folder) ?? folder.destination)/\(Self.socketName)"
        guard sockaddr_un(path: path) != nil else {
            throw SandboxError(
                .folder, "The path \(path) is too long for a socket.", hint: "Use bubblewrap, or a data root with a shorter path.")
        }
        return path
    }

    /// Puts variables into `/pfs/.env`. The file stays the same one, since that one is shown in the sandbox. Blocks.
    func write(_ variables: [String: String]) throws(SandboxError) {
        let raw = open(file.source, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC)
        guard raw >= 0 else { throw Self.failure(file.source, errno) }
        let descriptor = Descriptor(raw)
        var rest = Array(ShellVariables(variables).text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor.raw, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(file.source, errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Ends the socket, and removes the variables. Blocks.
    func close() {
        socket.close()
        unlink(file.source)
    }

    private static func failure(_ path: String, _ error: Int32) -> SandboxError {
        SandboxError(.folder, "\(path) could not be written: \(systemMessage(error)).")
    }
}
