internal import Files
internal import Glibc
internal import Model

/// A lock of the kernel's on a file or folder (flock(2)), held until this or its process ends. On network file systems one on a folder is seen by
/// processes of the same machine alone.
final class KernelLock: Sendable {
    private let path: String
    private let descriptor: Int32

    /// - Parameter folder: one that is there.
    convenience init(folder path: String) throws(PachError) {
        try self.init(path, O_RDONLY | O_DIRECTORY)
    }

    /// - Parameter file: made where it is not there.
    convenience init(file path: String) throws(PachError) {
        try self.init(path, O_RDWR | O_CREAT)
    }

    private init(_ path: String, _ flags: Int32) throws(PachError) {
        let descriptor = open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError.error(errno, "open \(quoted(path))") }
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        // Closing it is not enough: a process that another thread is starting has it open, too, until it becomes another program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// - Parameter operation: `LOCK_EX` or `LOCK_SH`, with `LOCK_NB` not to wait.
    /// - Returns: whether it is held now; it is after a wait.
    func take(_ operation: Int32) throws(PachError) -> Bool {
        while flock(descriptor, operation) != 0 {
            if errno == EWOULDBLOCK { return false }
            guard errno == EINTR else { throw SystemError.error(errno, "lock \(quoted(path))") }
        }
        return true
    }

    /// Whether its path still leads to what is locked.
    func isInPlace() throws(PachError) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemError.error(errno, "inspect \(quoted(path))") }
        return try Folder.status(of: path)?.identity == FileStatus(status).identity
    }
}
