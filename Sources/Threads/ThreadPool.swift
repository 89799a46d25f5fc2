internal import Glibc

/// Threads that take work from one queue, first come first served. A thread starts when there is work and none is free, up to a
/// number; then it stays, and while there is no work it makes no system calls.
final class ThreadPool<Work>: Sendable {
    private struct State {
        var works: [Work] = []
        /// Where the queue begins in `works`.
        var first = 0
        var threadCount = 0
        var freeCount = 0

        mutating func next() -> Work? {
            guard first < works.count else { return nil }
            defer {
                first += 1
                if first == works.count {
                    works.removeAll(keepingCapacity: first < 1024)
                    first = 0
                }
            }
            return works[first]
        }
    }

    private enum Need {
        case nothing
        case signal
        case thread
    }

    private let monitor = Monitor(State())
    private let threadCountMax: Int
    private let perform: @Sendable (Work) -> Void

    init(threadCountMax: Int, perform: @escaping @Sendable (Work) -> Void) {
        self.threadCountMax = threadCountMax
        self.perform = perform
    }

    func add(_ work: sending Work) {
        let need: Need = monitor.withLock { state in
            state.works.append(work)
            // Those that are free may be on their way to what came before.
            if state.freeCount >= state.works.count - state.first { return .signal }
            guard state.threadCount < threadCountMax else { return .nothing }
            state.threadCount += 1
            state.freeCount += 1
            return .thread
        }
        switch need {
        case .nothing: break
        case .signal: monitor.signal()
        case .thread: startThread { self.work() }
        }
    }

    private func work() {
        while true {
            let work: Work = monitor.waiting { state in
                guard let work = state.next() else { return nil }
                state.freeCount -= 1
                return work
            }
            perform(work)
            monitor.withLock { $0.freeCount += 1 }
        }
    }
}
