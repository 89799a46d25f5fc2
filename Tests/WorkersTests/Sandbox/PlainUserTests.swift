import Foundation
import Glibc
import Testing

@testable import Workers

/// Run by root, the tests of sandboxes are run once more by an ordinary user, who has other ways of building them.
@Suite struct PlainUserTests {
    private static let program = SandboxMounts.real("/proc/self/exe")

    /// Not where setpriv is missing, or where the tests were built in a folder that is closed to others.
    private static var isPossible: Bool {
        geteuid() == 0 && (try? runAsNobody(["/usr/bin/test", "-x", program]).status) == 0
    }

    private static func runAsNobody(_ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        process.arguments = ["--reuid=65534", "--regid=65534", "--clear-groups"] + arguments
        process.currentDirectoryURL = URL(filePath: "/")
        // Root's own may be closed to others.
        process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": "/tmp"]) { $1 }
        let output = Foundation.Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }

    @Test(.enabled(if: isPossible, "needs root, setpriv, and a build folder that others can read"))
    func theTestsOfSandboxesPassForAnOrdinaryUser() async throws {
        let filter = "Sandbox(Enclosure|Run|Sweep)Tests|HostileFolderTests"
        let outcome = await BlockingThread.run {
            Result { try Self.runAsNobody([Self.program, "--testing-library", "swift-testing", "--filter", filter]) }
        }
        let run = try outcome.get()
        #expect(run.status == 0, "\(run.text)")
        #expect(run.text.contains(" tests in 4 suites passed"), "\(run.text)")
    }
}
