import Foundation
import Testing

@testable import Workers

@Suite(.enabled(if: SandboxFixture.bubblewrap != nil)) struct WorkerPoolTests {
    /// A server whose first job is stopped at once must not go on without sandboxes.
    @Test func whoAsksForTheKindOfSandboxAndIsStoppedDecidesNothing() async throws {
        try await BatchFixture(.bubblewrap).use { fixture async throws in
            let asker = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await fixture.pool.method()
            }
            #expect(try await asker.value != .plain)
            #expect(try await fixture.pool.method() != .plain)
        }
    }

    /// Nor may one whose disk was full at that moment.
    @Test func aDiskThatFailsWhileBubblewrapIsTriedDecidesNothing() async throws {
        try await BatchFixture(.bubblewrap).use { fixture async throws in
            // A file where the folder should be, so that none can be made in it.
            let scratch = fixture.root + "/scratch"
            try FileManager.default.removeItem(atPath: scratch)
            try Data().write(to: URL(fileURLWithPath: scratch))
            let error = await #expect(throws: SandboxError.self) { try await fixture.pool.method() }
            #expect(error?.code == .folder)

            try FileManager.default.removeItem(atPath: scratch)
            try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
            #expect(try await fixture.pool.method() != .plain)
        }
    }
}
