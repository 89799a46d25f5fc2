internal import Glibc
internal import Model

/// Makes files and names durable that neither the database nor a Git repository looks after.
enum Durability {
    /// Makes a folder, and those above it that are missing, so that a power cut does not take it away (invariant 3).
    static func makeFolder(_ path: String) throws(PachError) {
        if mkdir(path, 0o755) == 0 { return try sync(parent(of: path)) }
        switch errno {
        case EEXIST where isFolder(path): return
        case ENOENT:
            let above = parent(of: path)
            guard above != path else { throw failure("make the folder", path) }
            try makeFolder(above)
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure("make the folder", path) }
            try sync(above)
        default: throw failure("make the folder", path)
        }
    }

    /// Syncs a file or folder; one that does not exist needs none.
    static func sync(_ path: String) throws(PachError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw failure("open", path)
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync", path) }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// What to throw of a call that failed with `errno`.
    static func failure(_ action: String, _ path: String) -> PachError {
        let reason = errno
        return PachError(
            reason == ENOSPC || reason == EDQUOT ? .outOfSpace : .io, "could not \(action) \(quoted(path))",
            cause: String(cString: strerror(reason)))
    }
}
