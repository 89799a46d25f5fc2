import Commands
import Foundation
import Model
import Operations
import Synchronization
import TestSupport

/// What a command printed, and its exit code.
struct Outcome: Equatable {
    var code: Int32
    var output: String
    var error: String
}

/// Leads to a fake engine, and writes down how it was asked to.
final class FakeBackend: Backend {
    let engine: FakeEngine
    let runsJobs: Bool
    let requests = Mutex<[String]>([])

    init(_ engine: FakeEngine, runsJobs: Bool = false) {
        self.engine = engine
        self.runsJobs = runsJobs
    }

    var version: VersionInfo { VersionInfo(version: "1.0.0", format: 1) }

    func open(_ options: OpenOptions, onWaiting: @escaping @Sendable (String) -> Void) async throws -> Connection {
        requests.withLock { $0.append("open \(options.root) \(options.lockTimeout) \(options.sandbox?.rawValue ?? "-")\(made(options))") }
        return Connection(engine: engine, runsJobs: runsJobs)
    }

    func rebuild(_ options: OpenOptions, onWaiting: @escaping @Sendable (String) -> Void) async throws -> RebuildReport {
        requests.withLock { $0.append("rebuild \(options.root)\(made(options))") }
        var report = RebuildReport()
        report.repos = 3
        report.losses = ["open commits"]
        return report
    }

    func restore(
        _ options: OpenOptions, from folder: String, onWaiting: @escaping @Sendable (String) -> Void
    ) async throws -> BackupReport {
        requests.withLock { $0.append("restore \(options.root) \(folder)\(made(options))") }
        return BackupReport(repos: 3, packsCopied: 2, packsPresent: 1, bytesCopied: 2048)
    }

    func connect(address: String, token: String?, root: String) async throws -> Connection {
        requests.withLock { $0.append("connect \(address) \(token ?? "that of \(root)")") }
        return Connection(engine: engine, runsJobs: true)
    }

    func serve(
        _ options: ServeOptions, onWaiting: @escaping @Sendable (String) -> Void, onReady: @escaping @Sendable (ServedRoot) -> Void
    ) async throws {
        let words = [options.open.root, "\(options.address)", options.open.sandbox?.rawValue ?? "-"] + options.knownAs
        requests.withLock { $0.append("serve " + words.joined(separator: " ") + made(options.open)) }
        onReady(
            ServedRoot(
                path: options.open.root, isNew: options.open.root == "/new", url: options.address.url(port: options.address.port)))
    }

    private func made(_ options: OpenOptions) -> String { options.createsRoot ? ", made" : "" }
}

/// Runs a command against a fake engine, at noon where nothing else is said.
func pach(
    _ arguments: String..., engine: FakeEngine = FakeEngine(), backend: FakeBackend? = nil, environment: [String: String] = [:],
    input: String = "", columns: Int? = nil, now: @autoclosure @escaping @Sendable () -> Timestamp = Sample.noon
) async -> Outcome {
    await pach(arguments, engine: engine, backend: backend, environment: environment, input: input, columns: columns, now: now())
}

func pach(
    _ arguments: [String], engine: FakeEngine = FakeEngine(), backend: FakeBackend? = nil, environment: [String: String] = [:],
    input: String = "", columns: Int? = nil, errorColumns: Int? = nil,
    now: @autoclosure @escaping @Sendable () -> Timestamp = Sample.noon
) async -> Outcome {
    let output = Mutex<[UInt8]>([])
    let error = Mutex<[UInt8]>([])
    let console = Console(
        output: { bytes in output.withLock { $0 += bytes } }, error: { bytes in error.withLock { $0 += bytes } },
        input: ByteStream(Array(input.utf8)), outputColumns: columns, errorColumns: errorColumns, now: now)
    let code = await Pach.run(arguments, backend: backend ?? FakeBackend(engine), console: console, environment: environment)
    return Outcome(
        code: code, output: String(decoding: output.withLock { $0 }, as: UTF8.self),
        error: String(decoding: error.withLock { $0 }, as: UTF8.self))
}

extension TemporaryFolder {
    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: target)
    }

    var names: [String] {
        get throws { try names(in: "") }
    }

    func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)").sorted()
    }
}
