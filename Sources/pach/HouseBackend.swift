import API
import Commands
import Engine
import Files
import Foundation
import Ledger
import Logging
import Model
import Operations
import Server
import ServiceLifecycle
import Synchronization
import Threads
import Web
import Workers

/// Joins the commands to the engine, the client and the server.
struct HouseBackend: Backend {
    var version: VersionInfo { VersionInfo(version: VersionInfo.current, format: Engine.formatVersion) }

    func connect(address: String, token: String?, root: String) async throws -> Connection {
        Connection(engine: try EngineClient(url: address, token: token ?? Self.token(ofRoot: root, for: address)), runsJobs: true)
    }

    private static func token(ofRoot path: String, for address: String) -> String? {
        let root = DataRoot(path: path)
        guard RootToken.isMeant(for: address, own: ServerNote.read(root.serverPath)) else { return nil }
        do {
            return try root.presentToken()
        } catch {
            // Somebody else's root, perhaps: the server says whether it wants a token.
            return nil
        }
    }

    func open(_ options: OpenOptions, onWaiting: @escaping @Sendable (String) -> Void) async throws -> Connection {
        // A command is over soon, and may take in large files until then.
        FreedMemory.keep()
        let root = try Self.dataRoot(options)
        if let lock = try RootLock.tryAcquire(root) {
            // Whoever wrote a note is gone.
            ServerNote.remove(root.serverPath)
            return Connection(engine: try engine(root, lock, options, Self.standardError), runsJobs: false)
        }
        switch try await ownerOrLock(of: root, options, onWaiting) {
        case .server(let server):
            return Connection(engine: try EngineClient(url: server, token: try root.token()), runsJobs: true)
        case .lock(let lock):
            return Connection(engine: try engine(root, lock, options, Self.standardError), runsJobs: false)
        }
    }

    func rebuild(_ options: OpenOptions, onWaiting: @escaping @Sendable (String) -> Void) async throws -> RebuildReport {
        let (root, lock) = try await ownRoot(options, onWaiting)
        return try await Engine.rebuild(root: root, lock: lock, notices: Self.standardError)
    }

    func restore(
        _ options: OpenOptions, from folder: String, onWaiting: @escaping @Sendable (String) -> Void
    ) async throws -> BackupReport {
        let (root, lock) = try await ownRoot(options, onWaiting)
        return try await Engine.restore(root: root, lock: lock, from: folder, notices: Self.standardError)
    }

    private static func dataRoot(_ options: OpenOptions) throws(PachError) -> DataRoot {
        let root = DataRoot(path: options.root)
        if options.createsRoot { try root.create() } else { try root.prepare() }
        return root
    }

    /// The data root for work that no server does.
    private func ownRoot(
        _ options: OpenOptions, _ onWaiting: @escaping @Sendable (String) -> Void
    ) async throws -> (root: DataRoot, lock: RootLock) {
        let root = try Self.dataRoot(options)
        if let free = try RootLock.tryAcquire(root) { return (root, free) }
        if let server = ServerNote.read(root.serverPath) {
            throw PachError(.locked, "the data root \(quoted(root.path)) is served at \(server)", hint: "Stop that server first.")
        }
        return (root, try await wait(for: root, options, onWaiting))
    }

    func serve(
        _ options: ServeOptions, onWaiting: @escaping @Sendable (String) -> Void, onReady: @escaping @Sendable (ServedRoot) -> Void
    ) async throws {
        let isNew = try !DataRoot(path: options.open.root).isBegun
        let root = try Self.dataRoot(options.open)
        if let server = ServerNote.read(root.serverPath), try RootLock.tryAcquire(root) == nil {
            throw PachError(
                .conflict, "the data root \(quoted(root.path)) is served already at \(server)",
                hint: "Use that server, or stop it first.")
        }
        let lock: RootLock
        if let free = try RootLock.tryAcquire(root) {
            lock = free
        } else {
            lock = try await wait(for: root, options.open, onWaiting)
        }
        // Before the engine: nothing that it tells of may wait for who reads standard error.
        let log = LogStream()
        let logger = log.logger(label: "pach", level: options.isVerbose ? .info : .notice)
        let token = try root.token()
        let engine: Engine
        do {
            engine = try self.engine(root, lock, options.open, Notices { logger.warning("\($0)") })
        } catch {
            // What it told of may be why.
            try await blocking { log.flush(patience: .seconds(1)) }
            throw error
        }
        let note = Mutex<ServerNote?>(nil)
        let server = makeServer(
            operations: engine,
            configuration: ServerConfiguration(
                address: options.address, token: token, knownAs: options.knownAs,
                health: RootHealth(
                    failingRepoCount: { try await engine.failingRepoCount() }, standstill: { await engine.standstill() },
                    jobFigures: { try await engine.jobFigures() })),
            logger: logger
        ) { port in
            let url = options.address.url(port: port)
            do {
                let written = try Ballast(root).used { try ServerNote.write(url, to: root.serverPath) }
                note.withLock { $0 = written }
            } catch {
                logger.error("commands will not find the server by themselves, only by PACH_ADDRESS: \(error)")
            }
            // Nor may the server.
            Task { try await blocking { onReady(ServedRoot(path: root.path, isNew: isNew, url: url)) } }
        }
        let withdraw: @Sendable () -> Void = {
            ServerNote.remove(root.serverPath)
            note.withLock { $0 = nil }
        }
        defer { withdraw() }
        try await runServices(
            [
                .init(service: Watch(engine: engine, logger: logger)), .init(service: server), .init(service: Farewell(withdraw: withdraw)),
            ],
            logger: logger, log: log, preparing: engine.requireSandbox, closing: engine.close)
    }

    private enum Access: Sendable {
        /// With its URL.
        case server(String)
        case lock(RootLock)
    }

    /// Another process holds the root: waits until it lets go, or turns out to be a server that has come up.
    private func ownerOrLock(
        of root: DataRoot, _ options: OpenOptions, _ onWaiting: @escaping @Sendable (String) -> Void
    ) async throws -> Access {
        if let server = ServerNote.read(root.serverPath) { return .server(server) }
        return try await withThrowingTaskGroup(of: Access.self) { group in
            group.addTask { .lock(try await wait(for: root, options, onWaiting)) }
            group.addTask {
                // A server takes the lock first and says where it listens a moment later; nothing tells a bystander when.
                while true {
                    try await Task.sleep(for: .milliseconds(50))
                    if let server = ServerNote.read(root.serverPath) { return .server(server) }
                }
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { preconditionFailure("one of two tasks ends first") }
            return first
        }
    }

    private func wait(
        for root: DataRoot, _ options: OpenOptions, _ onWaiting: @escaping @Sendable (String) -> Void
    ) async throws -> RootLock {
        let notice = Task {
            try await Task.sleep(for: .seconds(1))
            onWaiting("waiting for \(RootLock.holder() ?? "another process"), which uses the data root \(quoted(root.path))")
        }
        defer { notice.cancel() }
        return try await RootLock.acquire(root, timeout: options.lockTimeout)
    }

    /// For commands, which end when their work is done.
    private static let standardError = Notices { sentence in
        // Where standard error is gone there is nobody to tell.
        do { try FileHandle.standardError.write(contentsOf: Data("pach: \(sentence)\n".utf8)) } catch { return }
    }

    private func engine(_ root: DataRoot, _ lock: RootLock, _ options: OpenOptions, _ notices: Notices) throws -> Engine {
        let sandbox: SandboxChoice =
            switch options.sandbox {
            case nil: .automatic
            case .bubblewrap?: .bubblewrap
            case SandboxKind.none?: .none
            }
        return try Engine(
            root: root, lock: lock,
            configuration: Engine.Configuration(
                sandbox: sandbox, executable: try Self.executable(), version: VersionInfo.current, notices: notices))
    }

    /// The running program's file (proc(5), `/proc/self/exe`).
    private static func executable() throws(PachError) -> String {
        do {
            return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        } catch {
            throw PachError(.io, "could not find the running program's file", cause: error.localizedDescription)
        }
    }
}

/// Runs jobs as long as the server runs.
private struct Watch: Service {
    let engine: Engine
    let logger: Logger

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                try await engine.watch { log($0, $1, reason: $2) }
            } catch is CancellationError {
                // The server stops; `close` ends what runs.
            }
        }
    }
}

extension Watch {
    /// A reason may quote what user code said: longer than this it is cut.
    private static let reasonScalarCountMax = 1000

    private func log(_ job: JobLink, _ state: JobState, reason: String) {
        // That a newer job took its place is no trouble.
        let isTrouble = state != .success && !JobReason.saysSuperseded(reason)
        let why = reason.isEmpty ? "" : ": \(excerpt(reason, of: Self.reasonScalarCountMax))"
        logger.log(
            level: isTrouble ? .warning : .info, "job ended as \(state.word)\(why)",
            metadata: ["pipeline": "\(job.pipeline.name)", "job": "\(job)"])
    }
}

/// Takes the note away as soon as the server is to stop: who comes while it ends its requests then waits for the root, instead of asking a
/// server that accepts nobody any more.
private struct Farewell: Service {
    let withdraw: @Sendable () -> Void

    func run() async throws {
        try await gracefulShutdown()
        withdraw()
    }
}
