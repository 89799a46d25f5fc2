import Synchronization
import Testing

@testable import RecommenderService

@Suite struct SharedPollTests {
    @Test(.timeLimit(.minutes(1))) func allWhoWaitShareOneQuestionAndTheNextIsAskedAnew() async throws {
        let count = Mutex(0)
        let (gate, opener) = AsyncStream<Never>.makeStream()
        let poll = SharedPoll(every: .zero) {
            let number = count.withLock { count in
                count += 1
                return count
            }
            for await _ in gate {}
            return number
        }
        async let first = poll.next()
        async let second = poll.next()
        while await poll.askerCount < 2 { await Task.yield() }
        opener.finish()
        #expect(try await [first, second] == [1, 1])
        #expect(try await poll.next() == 2)
    }

    @Test(.timeLimit(.minutes(1))) func whoeverIsCancelledLeavesWithoutAnAnswer() async throws {
        let poll = SharedPoll(every: .seconds(3600)) { 1 }
        let asker = Task { try await poll.next() }
        while await poll.askerCount < 1 { await Task.yield() }
        asker.cancel()
        await #expect(throws: CancellationError.self) { try await asker.value }
    }
}
