import Foundation
import Glibc
import Synchronization
import Testing

@testable import Workers

/// A data root in a temporary folder with a worker's scratch folder in it, and a sandbox of that worker.
struct SandboxFixture {
    /// Built beside the tests.
    static let supervisor = URL(filePath: SandboxMounts.real("/proc/self/exe")).deletingLastPathComponent().path + "/SupervisorFixture"
    static let bubblewrap = SandboxSupport.places.first { access($0, X_OK) == 0 }
    private static let slots = Atomic<Int>(0)

    let base: String
    let sandbox: Sandbox

    var dataRoot: String { base + "/root" }

    init(
        method: SandboxMethod? = nil, inputs: [String] = ["in"], code: String? = nil, programs: String? = nil, network: Bool = true,
        binds: [SandboxBind] = [], base: String = SandboxFixture.newFolder(), dataRootIsClosed: Bool = true
    ) throws {
        self.base = base
        var isComplete = false
        defer { if !isComplete { try? FileManager.default.removeItem(atPath: base) } }
        let root = base + "/root"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        chmod(base, 0o755)
        chmod(root, dataRootIsClosed ? 0o700 : 0o711)
        try write("secret", to: root + "/token", mode: 0o600)
        let slot = Self.slots.add(1, ordering: .relaxed).newValue
        sandbox = try Sandbox(
            SandboxConfiguration(
                method: try method ?? .bubblewrap(executable: #require(Self.bubblewrap)), supervisor: Self.supervisor,
                programs: programs, dataRoot: root, inputs: inputs, scratch: "\(root)/scratch/\(slot)", code: code,
                network: network, identity: SandboxIdentity.forWorker(slot), binds: binds))
        isComplete = true
    }

    static func newFolder() -> String {
        let folder = "/tmp/pach-sandbox-test-\(UUID().uuidString)"
        mkdir(folder, 0o755)
        return folder
    }

    /// Starts the sandbox, lets `body` use it, and leaves nothing behind.
    func use(_ body: (Sandbox) async throws -> Void) async throws {
        do {
            try await sandbox.start()
            try await body(sandbox)
        } catch {
            await remove()
            throw error
        }
        await remove()
    }

    private func remove() async {
        await sandbox.close()
        try? sandbox.folders.empty()
        try? FileManager.default.removeItem(atPath: base)
    }

    /// The processes whose command line names this sandbox's scratch folder: bubblewrap, outside and, for a moment, inside.
    var outerProcesses: [pid_t] {
        Self.processes { $0.contains(sandbox.folders.scratch) }
    }

    /// Process 1 of the sandbox, as the host sees it.
    var supervisorProcess: pid_t? {
        let outer = outerProcesses
        return Self.processes { $0.contains("--pach-supervisor") }.first { outer.contains(Self.parent(of: $0)) && !outer.contains($0) }
    }

    private static func processes(where isMatch: (String) -> Bool) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(pid_t.init).filter { isMatch(text(of: "/proc/\($0)/cmdline")) }
    }

    private static func parent(of process: pid_t) -> pid_t {
        text(of: "/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ").dropFirst().first.flatMap { pid_t($0) } ?? -1
    }

    static func text(of path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}

/// Writes a file of the test's own.
func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
    chmod(path, mode)
}

/// What a program printed and how it ended.
struct Transcript {
    var result: SandboxResult
    var output: [String]
    var errors: [String]

    var ending: SandboxResult.Ending { result.ending }
}

extension Sandbox {
    func transcript(_ command: SandboxCommand, onLine: @escaping @Sendable () -> Void = {}) async throws -> Transcript {
        let lines = Mutex<[(OutputChannel, String)]>([])
        let result = try await run(command) { channel, line in
            lines.withLock { $0.append((channel, line)) }
            onLine()
        }
        let all = lines.withLock { $0 }
        return Transcript(
            result: result, output: all.filter { $0.0 == .standardOutput }.map(\.1),
            errors: all.filter { $0.0 == .standardError }.map(\.1))
    }

    func shell(_ script: String, input: [UInt8] = [], timeout: Duration? = .seconds(60)) async throws -> Transcript {
        try await transcript(SandboxCommand(arguments: ["sh", "-c", script], standardInput: input, timeout: timeout))
    }

    /// Starts a script that does not end by itself, and waits for its first line.
    func begin(_ script: String) async -> Task<Transcript, any Error> {
        let (lines, told) = AsyncStream<Void>.makeStream()
        let task = Task {
            defer { told.finish() }
            return try await transcript(SandboxCommand(arguments: ["sh", "-c", script])) { told.yield() }
        }
        for await _ in lines { break }
        return task
    }
}

/// Waits until something outside has become true; for tests that have a time limit.
func eventually(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(10)) }
}
