import Foundation
import Glibc
import TestSupport
import Testing

@testable import Workers

/// Run by root, the tests of sandboxes are run once more by an ordinary user, who has other ways of building them.
@Suite struct PlainUserTests {
    private static let program = SandboxMounts.real("/proc/self/exe")

    private static let setpriv = "/usr/bin/setpriv"

    /// Not where setpriv is missing, or where the tests were built in a folder that is closed to others.
    private static var isPossible: Bool {
        get throws {
            guard geteuid() == 0, access(setpriv, X_OK) == 0 else { return false }
            return try runAsNobody(["/usr/bin/test", "-x", program]).code == 0
        }
    }

    private static func runAsNobody(_ arguments: [String]) throws -> ProgramOutcome {
        // Root's own may be closed to others.
        let environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": "/tmp"]) { $1 }
        return try runProgram(
            [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"] + arguments, environment: environment)
    }

    @Test(.enabled(if: try isPossible, "needs root, setpriv, and a build folder that others can read"))
    func theTestsOfSandboxesPassForAnOrdinaryUser() async throws {
        let filter = "Sandbox(Enclosure|Run|Sweep)Tests|HostileFolderTests"
        let outcome = try await OwnThread.run {
            Result { try Self.runAsNobody([Self.program, "--testing-library", "swift-testing", "--filter", filter]) }
        }
        let run = try outcome.get()
        #expect(run.code == 0, "\(run.transcript)")
        #expect(run.transcript.contains(" tests in 4 suites passed"), "\(run.transcript)")
    }
}
