package import Glibc
package import Model

/// The system calls that durability hangs on, so that tests can let one fail.
package struct FileCalls: Sendable {
    package var write: @Sendable (Int32, UnsafePointer<iovec>, Int32, off_t) -> Int = { pwritev($0, $1, $2, $3) }
    package var sync: @Sendable (Int32) -> Int32 = { fsync($0) }
    package var rename: @Sendable (String, String) -> Int32 = { Glibc.rename($0, $1) }
    /// Told of each sync that fails.
    package var onSyncFailure: @Sendable (PachError) -> Void

    package init(onSyncFailure: @escaping @Sendable (PachError) -> Void = { _ in }) {
        self.onSyncFailure = onSyncFailure
    }

    /// - Returns: what to throw of a sync that failed with `errno`.
    package func syncFailure(_ what: String) -> PachError {
        let error = SystemError.error(errno, "sync \(what)")
        onSyncFailure(error)
        return error
    }
}
