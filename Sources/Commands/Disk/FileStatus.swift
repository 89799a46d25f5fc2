import Foundation
import Model

/// What the disk says of a name, links followed.
struct FileStatus {
    enum Kind {
        case file
        case folder
        /// A pipe, socket or device: bytes without an end that could be known.
        case stream
    }

    /// What a folder or file is, whatever name led to it.
    struct Identity: Hashable {
        let device: UInt64
        let number: UInt64
    }

    let kind: Kind
    let sizeBytes: Int64
    let isExecutable: Bool
    let identity: Identity

    /// - Throws: `notFound` where nothing is there, or a link that leads nowhere.
    init(following path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw systemError("Could not read \(quoted(path))") }
            var link = stat()
            throw PachError(
                .notFound,
                lstat(path, &link) == 0 ? "\(quoted(path)) is a link that leads nowhere" : "there is no file or folder \(quoted(path))")
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .folder
        default: kind = .stream
        }
        sizeBytes = Int64(status.st_size)
        isExecutable = status.st_mode & S_IXUSR != 0
        identity = Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    }
}
