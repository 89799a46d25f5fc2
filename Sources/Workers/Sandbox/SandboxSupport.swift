import Foundation
import Glibc
internal import Threads

/// Which kind of sandbox works here, and if it is not the better one, why.
public struct SandboxSupport: Hashable, Sendable {
    public let method: SandboxMethod
    /// Why bubblewrap cannot be used, for a person, without a period at its end; nil when it can.
    public let reason: String?

    /// Where bubblewrap is looked for. Not in `PATH`: what encloses user code is the system's, or named by the user.
    public static let places = ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap", "/run/current-system/sw/bin/bwrap"]

    /// Tries bubblewrap once, with everything that a worker's sandbox has: builds one and runs `true` in it. Takes some
    /// tens of milliseconds.
    ///
    /// - Parameters:
    ///   - supervisor: as in ``SandboxConfiguration/supervisor``.
    ///   - folder: an existing folder in which a temporary one can be made.
    ///   - places: where bubblewrap is looked for.
    /// - Throws: `folder`, `system`: what the machine lacked just now, which says nothing about bubblewrap.
    public static func detect(
        supervisor: String, folder: String, places: [String] = SandboxSupport.places
    ) async throws(SandboxError) -> SandboxSupport {
        guard let executable = places.first(where: { access($0, X_OK) == 0 }) else {
            return SandboxSupport(method: .plain, reason: "bubblewrap is not installed (Debian and Ubuntu: apt install bubblewrap)")
        }
        let scratch = "\(folder)/sandbox-probe-\(UUID().uuidString)"
        let configuration = SandboxConfiguration(
            method: .bubblewrap(executable: executable), supervisor: supervisor, programs: nil, dataRoot: scratch, inputs: [],
            scratch: scratch, network: false, identity: SandboxIdentity.forWorker(SandboxIdentity.workerCount - 1))
        let outcome: Result<String?, SandboxError>
        do throws(SandboxError) {
            outcome = .success(try await failure(of: configuration))
        } catch {
            outcome = .failure(error)
        }
        await BlockingThreads.ofWorkers.run {
            // Left to whoever cleans the folder if it cannot be removed.
            try? FileManager.default.removeItem(atPath: scratch)
        }
        let reason = try outcome.get()
        return SandboxSupport(method: reason == nil ? .bubblewrap(executable: executable) : .plain, reason: reason)
    }

    private static func failure(of configuration: SandboxConfiguration) async throws(SandboxError) -> String? {
        do throws(SandboxError) {
            let sandbox = try Sandbox(configuration)
            try await sandbox.start()
            let result = try await sandbox.run(SandboxCommand(arguments: ["true"])) { _, _ in }
            await sandbox.close()
            guard result.ending != .exited(code: 0) else { return nil }
            let reason = "a program in a sandbox of bubblewrap \(result.ending)"
            if result.ending.isPassing { throw SandboxError(.system, reason) }
            return reason
        } catch  where [.folder, .system].contains(error.code) {
            throw error
        } catch {
            return error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
        }
    }
}

extension SandboxResult.Ending {
    /// Whether this may be for what the machine lacked just now: a program that does nothing is killed where there is no memory left.
    fileprivate var isPassing: Bool {
        switch self {
        case .noProcess(let error), .notExecutable(let error): SandboxError.passing.contains(error)
        case .signalled(let signal): signal == SIGKILL
        default: false
        }
    }
}
