import CLibgit2
import Model

/// Turns libgit2's statuses into errors: the one place that does.
enum GitError {
    /// - Parameter operation: reads "Could not <operation>".
    /// - Returns: the status, where it is no failure.
    @discardableResult
    static func check(_ status: Int32, _ operation: @autoclosure () -> String) throws(PachError) -> Int32 {
        guard status < 0 else { return status }
        throw error(status, operation())
    }

    /// Must be called on the thread that failed, before it calls libgit2 again: the message is kept for each thread
    /// (libgit2's docs/threading.md).
    static func error(_ status: Int32, _ operation: String) -> PachError {
        let last = git_error_last()?.pointee
        let cause = last?.message.map { String(cString: $0) }
        let code: PachError.Code =
            switch git_error_code(status) {
            case GIT_ENOTFOUND: .notFound
            case GIT_EEXISTS: .alreadyExists
            case GIT_EMODIFIED: .conflict
            case GIT_ELOCKED: .locked
            case GIT_EMISMATCH: .corrupt
            case GIT_EINVALIDSPEC: .invalidArgument
            default: code(ofClass: last?.klass ?? 0)
            }
        return PachError(code, "Could not \(operation)", cause: cause)
    }

    /// Whether a sync failed. libgit2 has one status for whatever the system refuses; so do its sentences begin that tell of a failed sync. What
    /// follows names a file, which may be called anything.
    static func isFailedSync(_ error: PachError) -> Bool {
        ["failed to fsync ", "could not fsync "].contains { error.cause?.hasPrefix($0) == true }
    }

    /// What a failure without a status of its own is, by the part of libgit2 that it came from.
    private static func code(ofClass number: Int32) -> PachError.Code {
        switch git_error_t(UInt32(bitPattern: number)) {
        case GIT_ERROR_CONFIG, GIT_ERROR_OBJECT, GIT_ERROR_ODB, GIT_ERROR_REFERENCE, GIT_ERROR_ZLIB: .corrupt
        case GIT_ERROR_REPOSITORY: .notSupported
        default: .io
        }
    }
}
