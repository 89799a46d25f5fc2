import Foundation

/// Work that blocks, away from the threads that all tasks share.
enum BlockingThread {
    /// Runs `body` on a thread of its own, which ends with it. How many there are at a time is bounded by what the caller
    /// does at a time: one for each program that runs, and one for each sandbox that is being started or closed.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }

    /// As ``run(_:)``, without waiting for the end.
    static func detach(_ body: @escaping @Sendable () -> Void) {
        Thread.detachNewThread(body)
    }
}
