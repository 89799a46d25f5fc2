import Testing

@testable import Ledger

@Suite struct EventHubTests {
    @Test func whatPilesUpForWhoLooksAgainAnywayIsOneEvent() async {
        let hub = EventHub()
        let events = hub.listen(bufferLimit: 1)
        for _ in 0..<10 { hub.send([.jobsMayStart]) }
        hub.close()
        #expect(await events.reduce(0) { count, _ in count + 1 } == 1)
    }
}
