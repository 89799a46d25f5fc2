@_spi(ExperimentalCustomExecutors) @_spi(ExperimentalScheduling) internal import _Concurrency
internal import Glibc

/// What runs the tasks of this process, in place of libdispatch: that looks after its threads once a second for as long as the process
/// lives, which an idle server has no use for.
///
/// Swift's custom executors are not public yet (they are in the standard library of 6.3 behind the names above). When they are,
/// `installTaskThreads` becomes the documented `DefaultExecutorFactory`.
final class TaskThreads: TaskExecutor, SchedulingExecutor {
    private struct Delayed {
        /// Nanoseconds of `CLOCK_MONOTONIC`.
        let due: UInt64
        let job: UnownedJob
    }

    private let pool: ThreadPool<UnownedJob>
    /// The next one last.
    private let delayed = Monitor<[Delayed]?>(nil)

    init(count: Int) {
        pool = ThreadPool(threadCountMax: count) { $0.runSynchronously(on: TaskThreads.all.asUnownedTaskExecutor()) }
    }

    static let all = TaskThreads(count: max(4, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    var asSchedulingExecutor: (any SchedulingExecutor)? { self }

    func enqueue(_ job: consuming ExecutorJob) {
        pool.add(UnownedJob(job))
    }

    func enqueue<C: Clock>(_ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C) {
        // Clocks that count in anything else (a test's, say) bring their own way to sleep.
        guard let delay = delay as? Duration else { preconditionFailure("\(C.self) cannot be waited for by threads") }
        let (seconds, attoseconds) = delay.components
        let nanoseconds = seconds > Int64.max / 2_000_000_000 ? Int64.max / 2 : seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        let entry = Delayed(due: Self.now() + UInt64(max(0, nanoseconds)), job: UnownedJob(job))
        let isFirstEver = delayed.withLock { delayed in
            let isFirstEver = delayed == nil
            var entries = delayed.take() ?? []
            entries.insert(entry, at: entries.lastIndex { $0.due > entry.due }.map { $0 + 1 } ?? 0)
            delayed = entries
            return isFirstEver
        }
        if isFirstEver {
            let error = startThread { self.fireDelayed() }
            precondition(error == 0, "no thread can be started: \(String(cString: strerror(error)))")
        }
        delayed.signal()
    }

    private func fireDelayed() {
        while true {
            let job: UnownedJob = delayed.waiting { entries in
                guard let next = entries?.last, next.due <= Self.now() else { return nil }
                entries?.removeLast()
                return next.job
            } until: { entries in
                entries?.last?.due
            }
            pool.add(job)
        }
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

private struct Executors: ExecutorFactory {
    static var mainExecutor: any MainExecutor { PlatformExecutorFactory.mainExecutor }
    static var defaultExecutor: any TaskExecutor { TaskThreads.all }
}

@_silgen_name("swift_createExecutors")
private func createExecutors<Factory: ExecutorFactory>(factory: Factory.Type)

/// Lets threads of ours run all tasks of this process: as many as there are cores, and never fewer than four, so that one that waits a
/// moment does not hold up the rest. To be called before there is a task.
public func installTaskThreads() {
    createExecutors(factory: Executors.self)
}
