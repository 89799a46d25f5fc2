internal import Files
internal import Glibc
internal import Model

/// Makes files and names durable that neither the database nor a Git repository looks after.
enum Durability {
    /// Makes a folder, and those above it that are missing, so that a power cut does not take it away (invariant 3).
    static func makeFolder(_ path: String) throws(PachError) {
        if mkdir(path, 0o755) == 0 { return try sync(Folder.parent(of: path)) }
        let reason = errno
        switch reason {
        case EEXIST where try Folder.status(of: path)?.isFolder == true: return
        case ENOENT:
            let above = Folder.parent(of: path)
            guard above != path else { throw SystemError.error(reason, "make the folder \(quoted(path))") }
            try makeFolder(above)
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw SystemError.error(errno, "make the folder \(quoted(path))") }
            try sync(above)
        default: throw SystemError.error(reason, "make the folder \(quoted(path))")
        }
    }

    /// Syncs a file or folder; one that does not exist needs none.
    static func sync(_ path: String) throws(PachError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw SystemError.error(errno, "open \(quoted(path))")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemError.error(errno, "sync \(quoted(path))") }
    }
}
