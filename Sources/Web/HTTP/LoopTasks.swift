package import HummingbirdCore
import NIOCore

/// Runs tasks on a connection's event loop, so that a request that is answered in a moment meets no other thread on its way in and out.
final class LoopTasks: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Has a request answered where all tasks run, and leaves its connection's event loop to other connections.
package func leavingLoop(
    _ writer: consuming ResponseWriter, _ answer: (consuming ResponseWriter) async throws -> Void
) async throws {
    var writer: ResponseWriter? = writer
    try await withTaskExecutorPreference(globalConcurrentExecutor) {
        guard let writer = writer.take() else { preconditionFailure("a request is answered once") }
        try await answer(writer)
    }
}
