import Dispatch
import Testing
import Threads

@testable import Workers

/// A datum's way to its inputs.
@Suite(.timeLimit(.minutes(1))) struct LayingOutTests {
    @Test func waitsForNobodyWhoReadsOtherwise() async throws {
        try await BatchFixture(.none).use { fixture async throws in
            let worker = try await fixture.pool.lease(fixture.setup(1, batching: false))
            let job = fixture.newJob()
            let log = try fixture.logs.open(job)
            let end = DispatchSemaphore(value: 0)
            let (begun, told) = AsyncStream<Void>.makeStream()
            let others = (0..<64).map { _ in
                Task {
                    told.yield()
                    try await blocking { end.wait() }
                }
            }
            var count = 0
            for await _ in begun {
                count += 1
                if count == others.count { break }
            }
            let task = try fixture.task([fixture.input(0, "a")], "cp /pfs/in/file-0 /pfs/out/copy", of: job)
            let letAllEnd: @Sendable () -> Void = { for _ in 0..<64 { end.signal() } }
            // Where the datum waits for them, until the time limit.
            try await withTaskCancellationHandler {
                let result = try await worker.process(
                    task, readers: { [store = fixture.store] _ in store }, writer: fixture.store, log: log)
                #expect(result.state == .success)
            } onCancel: {
                letAllEnd()
            }
            letAllEnd()
            for other in others { try await other.value }
            fixture.logs.close(log)
            await fixture.pool.release(worker)
        }
    }
}
