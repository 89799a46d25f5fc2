internal import Threads

/// A thread for work that blocks for as long as user code likes, so that nothing else waits for it.
enum OwnThread {
    /// Runs `body` on a thread that ends with it.
    /// - Throws: `system` where the machine has no thread for it; nothing ran.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async throws(SandboxError) -> Value {
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, SandboxError>, Never>) in
            do throws(SandboxError) {
                try start { continuation.resume(returning: .success(body())) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try result.get()
    }

    /// As ``run(_:)``, without waiting for the end.
    static func start(_ body: @escaping @Sendable () -> Void) throws(SandboxError) {
        let error = startThread(body)
        guard error == 0 else { throw SandboxError(.system, "The system gave no thread: \(systemMessage(error)).") }
    }
}
