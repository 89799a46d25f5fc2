import Foundation
import Glibc
import Model
import Synchronization
import TestSupport
import Testing

@testable import Workers

/// Where all workers are in use.
@Suite(.timeLimit(.minutes(1))) struct WorkerWaitingTests {
    private func lease(_ count: Int, from pool: WorkerPool, _ setup: WorkerSetup) async throws -> [Worker] {
        var workers: [Worker] = []
        for _ in 0..<count { workers.append(try await pool.lease(setup)) }
        return workers
    }

    /// Begins to wait for a worker, and returns once it waits.
    private func wait(for pool: WorkerPool, _ setup: WorkerSetup) async -> Task<Worker, any Error> {
        let before = await pool.waitingCount
        let waiter = Task { try await pool.lease(setup) }
        while await pool.waitingCount == before { await Task.yield() }
        return waiter
    }

    @Test func whoIsStoppedWaitsNoLongerAndTheNextGetsTheWorker() async throws {
        try await BatchFixture(.none, countMax: 2).use { fixture async throws in
            let pool = fixture.pool
            let setup = fixture.setup(1)
            let workers = try await lease(2, from: pool, setup)
            let stopped = await wait(for: pool, setup)
            let next = await wait(for: pool, setup)
            stopped.cancel()
            await #expect(throws: CancellationError.self) { try await stopped.value }
            let late = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await pool.lease(setup)
            }
            await #expect(throws: CancellationError.self) { try await late.value }

            await pool.release(workers[0])
            #expect(try await next.value === workers[0])
            for worker in workers { await pool.release(worker) }
        }
    }

    @Test func aWorkerThatCannotBeMadeLeavesItsPlaceToWhoWaits() async throws {
        try await withTemporaryFolder { base in
            // A supervisor that fails where there is a gate, once that is opened.
            let supervisor = base + "/supervisor"
            let gate = base + "/gate"
            let script = "#!/bin/sh\nif [ -p \(gate) ]; then read line < \(gate); exit 1; fi\nexec \(SandboxFixture.supervisor) \"$@\"\n"
            try installProgram(script, at: supervisor)
            let pool = WorkerPool(
                root: base + "/root", scratch: base + "/root/scratch", executable: supervisor, choice: .none, countMax: 2, notices: .none)
            let setup = WorkerSetup(
                pipeline: try PipelineName("waiting"), version: 1, inputs: [], code: nil, codeIdentity: "", network: true)
            let worker = try await pool.lease(setup)

            try #require(mkfifo(gate, 0o666) == 0)
            let failing = Task { try await pool.lease(setup) }
            // Waits until the supervisor reads there.
            let writer = try await OwnThread.run { open(gate, O_WRONLY | O_CLOEXEC) }
            unlink(gate)
            let next = await wait(for: pool, setup)
            close(writer)
            await #expect(throws: SandboxError.self) { try await failing.value }
            for worker in [worker, try await next.value] { await pool.release(worker) }
            await pool.close()
        }
    }

    @Test func aPipelineThatHasMoreGivesWayUntilBothHaveTheSame() async throws {
        try await BatchFixture(.none, countMax: 3).use { fixture async throws in
            let pool = fixture.pool
            let setup = fixture.setup(1)
            let other = fixture.setup(1, of: try PipelineName("other"))
            let workers = try await lease(3, from: pool, setup)
            #expect(await !pool.isMissedElsewhere(workers[0]))
            let own = await wait(for: pool, setup)
            #expect(await !pool.isMissedElsewhere(workers[0]))
            let first = await wait(for: pool, other)
            let second = await wait(for: pool, other)
            #expect(await pool.isMissedElsewhere(workers[0]))
            await pool.release(workers[0])
            // Whoever has fewer comes before whoever came first.
            let missed = try await first.value
            #expect(missed.slot == workers[0].slot && missed.setup == other)
            #expect(await !pool.isMissedElsewhere(workers[1]))

            await pool.release(missed)
            let again = try await second.value
            #expect(again === missed)
            await pool.release(workers[1])
            #expect(try await own.value === workers[1])
            for worker in [again, workers[1], workers[2]] { await pool.release(worker) }
        }
    }

    @Test func whoHasNothingToDoAnyMoreWaitsNoLonger() async throws {
        try await BatchFixture(.none, countMax: 1).use { fixture async throws in
            let pool = fixture.pool
            let setup = fixture.setup(1)
            let worker = try await pool.lease(setup)
            let isWanted = Mutex(true)
            let waiter = Task { try await pool.lease(setup, while: { isWanted.withLock { $0 } }) }
            while await pool.waitingCount == 0 { await Task.yield() }
            isWanted.withLock { $0 = false }
            await pool.release(worker)
            #expect(try await waiter.value === nil)
            #expect(try await pool.lease(setup, while: { false }) === nil)
            #expect(try await pool.lease(setup) === worker)
            await pool.release(worker)
        }
    }
}
