import Testing
import Threads

@Suite struct CancellationTests {
    @Test func blockingWorkHearsOfItsTasksCancellation() async throws {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await Cancellation.blocking { $0.isRequested }
        }
        #expect(try await task.value)
    }
}
