internal import Glibc

/// Threads that take work from one queue, first come first served. A thread starts when there is work and none is free, up to a
/// number; then it stays, and while there is no work it makes no system calls.
///
/// Where the machine has no thread to give, those that there are do the work. The first one's is done by whoever brings it.
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
    private let start: @Sendable (@escaping @Sendable () -> Void) -> Int32
    private let perform: @Sendable (Work) -> Void

    /// - Parameter start: starts a thread, as `startThread` does.
    init(
        threadCountMax: Int, start: @escaping @Sendable (@escaping @Sendable () -> Void) -> Int32 = startThread,
        perform: @escaping @Sendable (Work) -> Void
    ) {
        self.threadCountMax = threadCountMax
        self.start = start
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
        case .thread: if start({ self.work() }) != 0 { goWithoutThread() }
        }
    }

    private func goWithoutThread() {
        let isWithoutAny = monitor.withLock { state in
            state.threadCount -= 1
            state.freeCount -= 1
            return state.threadCount == 0
        }
        guard isWithoutAny else { return }
        while let work = monitor.withLock({ $0.next() }) { perform(work) }
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
