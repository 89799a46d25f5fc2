import Foundation
import Model
import Synchronization
import TestSupport
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

    /// Tries a bubblewrap that fails once, by `failure`.
    private func tryFailingOnce(
        _ failure: String, _ body: (_ fixture: BatchFixture, _ works: SandboxMethod, _ notices: () -> [String]) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let bubblewrap = folder + "/bwrap"
            let real = try #require(SandboxFixture.bubblewrap)
            try installProgram("#!/bin/sh\nif mkdir \(folder)/tried; then \(failure); fi\nexec \(real) \"$@\"\n", at: bubblewrap)
            let told = Mutex<[String]>([])
            let notices = Notices { sentence in told.withLock { $0.append(sentence) } }
            try await BatchFixture(.automatic, bubblewrapPlaces: [bubblewrap], notices: notices).use { fixture async throws in
                try await body(fixture, .bubblewrap(executable: bubblewrap)) { told.withLock { $0 } }
            }
        }
    }

    @Test(arguments: ["echo 'bwrap: Creating new namespace failed: Resource temporarily unavailable' >&2; exit 1", "kill -KILL $$"])
    func whatTheMachineLacksWhileBubblewrapIsTriedDecidesNothing(_ failure: String) async throws {
        try await tryFailingOnce(failure) { fixture, works, notices async throws in
            let error = await #expect(throws: SandboxError.self) { try await fixture.pool.method() }
            #expect(error?.code == .system)
            #expect(notices().count == 1 && notices().first?.contains("will be tried again") == true)
            #expect(try await fixture.pool.method() == works)
            #expect(notices().count == 1)
        }
    }

    @Test func whatTheSystemForbidsDecides() async throws {
        let refusal = "bwrap: No permissions to create new namespace, likely because the kernel does not allow it"
        try await tryFailingOnce("echo '\(refusal)' >&2; exit 1") { fixture, _, notices async throws in
            for _ in 0..<2 { #expect(try await fixture.pool.method() == .plain) }
            #expect(notices().count == 1 && notices().first?.contains(refusal) == true)
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
