import Glibc
package import Model

/// Turns an `errno` into an error.
package enum SystemError {
    /// - Parameter operation: reads "Could not <operation>".
    package static func error(_ code: Int32, _ operation: String) -> PachError {
        let cause = String(cString: strerror(code))
        let message = "Could not \(operation)"
        switch code {
        case ENOSPC, EDQUOT:
            return PachError(.outOfSpace, message, cause: cause, hint: "Free some space on that disk.")
        case ENOENT:
            return PachError(.notFound, message, cause: cause)
        case EEXIST, ENOTEMPTY:
            return PachError(.alreadyExists, message, cause: cause)
        case EMFILE, ENFILE:
            return PachError(.overloaded, message, cause: cause, hint: "Raise the limit on open files (ulimit -n).")
        case ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG, ENXIO, EACCES, EPERM, EBUSY:
            return PachError(.inaccessible, message, cause: cause)
        default:
            return PachError(.io, message, cause: cause)
        }
    }
}
