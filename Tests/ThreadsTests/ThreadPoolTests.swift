import Foundation
import Synchronization
import Testing
@testable import Threads

@Suite("Threads")
struct ThreadPoolTests {
    /// Work that goes on when all of `count` have begun.
    private final class Meeting: Sendable {
        private let begun = Mutex(0)
        private let count: Int
        private let all = DispatchSemaphore(value: 0)

        init(of count: Int) {
            self.count = count
        }

        func attend() {
            let isLast = begun.withLock { begun in
                begun += 1
                return begun == count
            }
            if isLast { for _ in 0..<count { all.signal() } }
            all.wait()
        }
    }

    @Test("as many pieces of work as there may be threads wait at one time, and none waits for another's end")
    func together() async throws {
        let meeting = Meeting(of: 64)
        // Threads of their own: those of the process may be waiting in another test for what would have to use them.
        let threads = BlockingThreads(countMax: 64)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<64 { group.addTask { await threads.run { meeting.attend() } } }
            try await group.waitForAll()
        }
    }

    @Test("more work than threads is done in turn, all of it and once")
    func turns() async throws {
        let seen = Mutex<[Int]>([])
        let pool = ThreadPool<(Int, DispatchSemaphore)>(threadCountMax: 1) { number, done in
            seen.withLock { $0.append(number) }
            done.signal()
        }
        let done = DispatchSemaphore(value: 0)
        for number in 0..<5000 { pool.add((number, done)) }
        try await blocking { for _ in 0..<5000 { done.wait() } }
        #expect(seen.withLock { $0 } == Array(0..<5000))
    }

    @Test("where the machine has no thread to give, those that there are do the work, and whoever brings it where there are none")
    func scarcity() {
        let isScarce = Mutex(true)
        let doers = Mutex<[pthread_t]>([])
        let pool = ThreadPool<@Sendable () -> Void>(threadCountMax: 2) { body in
            isScarce.withLock { $0 } ? EAGAIN : startThread(body)
        } perform: { work in
            doers.withLock { $0.append(pthread_self()) }
            work()
        }
        pool.add {}
        #expect(doers.withLock { $0 } == [pthread_self()])

        isScarce.withLock { $0 = false }
        let (begun, gate, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        pool.add {
            begun.signal()
            gate.wait()
        }
        begun.wait()
        isScarce.withLock { $0 = true }
        pool.add { done.signal() }
        #expect(doers.withLock { $0.count } == 2)
        gate.signal()
        done.wait()
        #expect(doers.withLock { $0[1] == $0[2] && $0[0] != $0[1] })
    }

    @Test("what a body throws is thrown")
    func throwing() async {
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await blocking { throw Failure() } }
    }
}
