extension Task where Failure == any Error {
    /// What it ends with. Who waits can be cancelled, which leaves this task as it is: for work that is to be ended once it was begun.
    /// - Throws: `CancellationError` as soon as the task that waits is cancelled, and what this one throws.
    func valueUnlessCancelled() async throws -> Success {
        let (ending, end) = AsyncStream<Never>.makeStream()
        Task<Void, Never> {
            _ = await result
            end.finish()
        }
        for await _ in ending {}
        try Task<Never, Never>.checkCancellation()
        return try await value
    }
}
