import Dispatch
import Model
import Synchronization
import Testing

@testable import Ledger

@Suite("The publisher")
struct PublisherTests {
    @Test("neither a round nor a new repo waits for packs that are being joined; the end does", .timeLimit(.minutes(1)))
    func merges() async throws {
        try await TestLedger.with { ledger, _, repo in
            let isJoined = DispatchSemaphore(value: 0)
            let isOver = Mutex(false)
            ledger.publisher.merges.async { isJoined.wait() }
            ledger.publisher.merges.async { isOver.withLock { $0 = true } }
            try await TestLedger.put("a", at: "/a", in: repo, ledger)
            #expect(try await ledger.publishRepos().isEmpty)
            try await TestLedger.createRepo(RepoName("other"), ledger)
            #expect(!isOver.withLock { $0 })
            isJoined.signal()
            try await ledger.close()
            #expect(isOver.withLock { $0 })
        }
    }
}
