/// What `work` returns; nil where the deadline comes first, which cancels it.
func value<Value: Sendable>(
    before deadline: ContinuousClock.Instant, of work: @escaping @Sendable () async throws -> Value
) async throws -> Value? {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(until: deadline, clock: .continuous)
            return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
    }
}

/// What `questions`, which go to the engine, come to.
/// - Throws: an `EngineFailure` where they take longer than `limit`: an engine that hangs would have whoever asks wait for ever.
func answered<Value: Sendable>(
    within limit: Duration, _ questions: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    guard let answer = try await value(before: .now + limit, of: questions) else {
        throw EngineFailure(silentFor: limit)
    }
    return answer
}
