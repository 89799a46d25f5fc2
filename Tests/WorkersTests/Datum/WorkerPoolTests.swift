import Foundation
import Model
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

struct MissingBubblewrapTests {
    /// Who asks for bubblewrap by name is not to have user code read what it would have hidden.
    @Test func whereOnlyBubblewrapWillDoNothingRunsWithoutIt() async throws {
        try await BatchFixture(.bubblewrap, bubblewrapPlaces: []).use { fixture async throws in
            let error = await #expect(throws: PachError.self) { try await fixture.pool.lease(fixture.setup(1)) }
            #expect(error?.code == .notSupported)
            #expect(error?.cause?.contains("not installed") == true)
            #expect(await fixture.pool.note.contains("not installed"))
        }
    }

    @Test func elseUserCodeRunsPlainAndTheNoteSaysWhy() async throws {
        try await BatchFixture(.automatic, bubblewrapPlaces: []).use { fixture async throws in
            #expect(await !fixture.pool.note.contains("not installed"))
            #expect(try await fixture.pool.method() == .plain)
            #expect(await fixture.pool.note.contains("not installed"))
        }
    }
}
