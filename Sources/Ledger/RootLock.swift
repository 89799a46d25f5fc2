internal import Foundation
internal import Glibc
public import Model
internal import Synchronization

/// The kernel locks that make one process the owner of a data root: of the engine's own folder, and of the file in it that other versions and, on
/// network file systems, other machines look at. The kernel lets go of them when the process ends, however it ends. The file alone would not do:
/// who removes it, as one removes what Git left, would let a second owner in.
public final class RootLock: Sendable {
    private let folder: KernelLock
    private let file: KernelLock

    private init(_ folder: KernelLock, _ file: KernelLock) {
        self.folder = folder
        self.file = file
    }

    /// Takes the lock at once, or returns nil where another process holds it.
    public static func tryAcquire(_ root: DataRoot) throws(PachError) -> RootLock? {
        try take(root, LOCK_EX | LOCK_NB)
    }

    private static func take(_ root: DataRoot, _ operation: Int32) throws(PachError) -> RootLock? {
        while true {
            let (folder, file) = (try KernelLock(folder: root.ownPath), try KernelLock(file: root.lockPath))
            guard try folder.take(operation), try file.take(operation) else { return nil }
            // What was moved away or removed before it was locked keeps nobody out.
            if try folder.isInPlace(), try file.isInPlace() { return RootLock(folder, file) }
        }
    }

    /// Waits for the lock without polling.
    /// - Throws: `locked` where another process still holds it after `timeout`; `CancellationError`.
    public static func acquire(_ root: DataRoot, timeout: Duration) async throws -> RootLock {
        // Who comes second, of the thread that waits in the kernel, the time limit and the cancellation, finds the outcome decided.
        let waiter = Waiter()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiter.set(continuation)
                if Task.isCancelled { waiter.take()?.resume(throwing: CancellationError()) }
                Thread.detachNewThread {
                    let result = Result { () throws(PachError) in try take(root, LOCK_EX) }
                    guard let waiting = waiter.take() else { return }
                    switch result {
                    case .success(let lock?): waiting.resume(returning: lock)
                    case .success(nil): preconditionFailure("who waits for a lock has it in the end")
                    case .failure(let error): waiting.resume(throwing: error)
                    }
                }
                Task {
                    try await Task.sleep(for: timeout)
                    waiter.take()?.resume(
                        throwing: PachError(
                            .locked, "the data root \(quoted(root.path)) is in use by another process, still after \(timeout)",
                            cause: holder().map { "\($0), has it" },
                            hint:
                                "Wait for it to end, give more time with --lock-timeout, or run 'pach serve' and let all commands share it."
                        ))
                }
            }
        } onCancel: {
            waiter.take()?.resume(throwing: CancellationError())
        }
    }

    private final class Waiter: Sendable {
        private let waiting = Mutex<CheckedContinuation<RootLock, any Error>?>(nil)

        func set(_ continuation: CheckedContinuation<RootLock, any Error>) {
            waiting.withLock { $0 = continuation }
        }

        func take() -> CheckedContinuation<RootLock, any Error>? {
            waiting.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
        }
    }
}
