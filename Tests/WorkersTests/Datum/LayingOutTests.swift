import Dispatch
import Model
import Storage
import Synchronization
import Testing
import Threads

@testable import Workers

/// A datum's way to its inputs.
@Suite(.timeLimit(.minutes(1))) struct LayingOutTests {
    /// Tells of each object before it is read.
    private struct WatchedReader: ObjectReader {
        let store: InMemoryStore
        let onRead: @Sendable () -> Void

        func read(_ id: ObjectID) throws(PachError) -> StoredObject {
            onRead()
            return try store.read(id)
        }

        func header(of id: ObjectID) throws(PachError) -> ObjectHeader { try store.header(of: id) }

        func contains(_ id: ObjectID) throws(PachError) -> Bool { try store.contains(id) }
    }

    @Test func endsWhenTheJobIsStopped() async throws {
        try await BatchFixture(.none).use { fixture async throws in
            let worker = try await fixture.pool.lease(fixture.setup(1, batching: false))
            let job = fixture.newJob()
            let log = try fixture.logs.open(job)
            let inputs = try (0..<100).map { try fixture.input($0, "\($0)") }
            let readCount = Mutex(0)
            let (begun, stopped) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let reader = WatchedReader(store: fixture.store) {
                let count = readCount.withLock { count in
                    count += 1
                    return count
                }
                guard count == 1 else { return }
                begun.signal()
                stopped.wait()
            }
            let datum = Task {
                try await worker.process(
                    fixture.task(inputs, "true", of: job), readers: { _ in reader }, writer: fixture.store, log: log)
            }
            try await blocking { begun.wait() }
            datum.cancel()
            stopped.signal()
            await #expect(throws: CancellationError.self) { try await datum.value }
            #expect(readCount.withLock { $0 } == 1)
            fixture.logs.close(log)
            await fixture.pool.release(worker)
            // The worker goes on.
            #expect(try await fixture.job(["a"], "cp /pfs/in/file-0 /pfs/out/copy", batching: false).contents("copy") == ["a"])
        }
    }

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
