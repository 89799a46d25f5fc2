import Testing

@testable import Workers

@Suite struct WorkerPoolTests {
    /// A server whose first job is stopped at once must not go on without sandboxes.
    @Test(.enabled(if: SandboxFixture.bubblewrap != nil)) func whoAsksForTheKindOfSandboxAndIsStoppedDecidesNothing() async throws {
        try await BatchFixture(.bubblewrap).use { fixture async in
            let asker = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await fixture.pool.method()
            }
            #expect(await asker.value != .plain)
            #expect(await fixture.pool.method() != .plain)
        }
    }
}
