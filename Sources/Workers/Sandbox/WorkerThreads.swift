internal import Threads

extension BlockingThreads {
    /// Those on which workers lay out, take in, empty folders, and start and end sandboxes: one for each worker, so that none of them waits for
    /// another, nor for those who read, nor they for it.
    static let ofWorkers = BlockingThreads(countMax: WorkerPool.workerCountMax)
}
