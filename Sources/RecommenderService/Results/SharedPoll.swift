/// Asks a question again and again for whoever waits for its answer to change: once an interval for all of them, and never for nobody.
actor SharedPoll<Answer: Sendable> {
    private let interval: Duration
    private let ask: @Sendable () async throws -> Answer
    private var question: Task<Answer, any Error>?

    /// How many wait for an answer at this moment.
    private(set) var askerCount = 0

    /// - Parameter interval: how long it waits before each question.
    init(every interval: Duration, _ ask: @escaping @Sendable () async throws -> Answer) {
        self.interval = interval
        self.ask = ask
    }

    /// The answer to the question under way, or to the next one.
    /// - Throws: `CancellationError` where the task is cancelled before, and what the question throws.
    func next() async throws -> Answer {
        askerCount += 1
        defer { askerCount -= 1 }
        return try await (question ?? begin()).valueUnlessCancelled()
    }

    private func begin() -> Task<Answer, any Error> {
        let new = Task {
            defer { question = nil }
            try await Task.sleep(for: interval)
            return try await ask()
        }
        question = new
        return new
    }
}
