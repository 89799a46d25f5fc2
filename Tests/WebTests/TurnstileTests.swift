import Testing

@testable import Web

@Suite struct TurnstileTests {
    @Test func onlySoManyPassAtATimeAndThenInOrder() async throws {
        let turnstile = Turnstile(1)
        let (gate, opener) = AsyncStream<Void>.makeStream()
        let (entered, enter) = AsyncStream<Int>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await turnstile.pass {
                    enter.yield(1)
                    for await _ in gate {}
                }
            }
            var order = entered.makeAsyncIterator()
            #expect(await order.next() == 1)
            let cancelled = Task { try await turnstile.pass { _ = enter.yield(99) } }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            group.addTask { try await turnstile.pass { _ = enter.yield(2) } }
            opener.finish()
            #expect(await order.next() == 2)
            try await group.waitForAll()
        }
    }
}
