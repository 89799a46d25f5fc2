import Files
import Foundation
import Model

/// A folder of the disk that is held open. What is in it is reached without following a link, so that no name in it leads out of it, also
/// where someone changes it meanwhile.
final class OpenFolder: Sendable {
    /// O_PATH (open(2)), which the C library's module does not show: who may write in a folder need not be allowed to list it.
    private static let openingFlags = O_DIRECTORY | O_CLOEXEC | 0o10_000_000

    /// For messages: others may move what it names.
    let path: String
    let descriptor: Int32

    /// The folder that a user names: links on the way to it are followed.
    init(following path: String) throws {
        let descriptor = open(path.isEmpty ? "." : path, Self.openingFlags)
        guard descriptor >= 0 else { throw SystemError.error(errno, "open the folder \(quoted(path))") }
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.descriptor = descriptor
    }

    private init(_ path: String, _ descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Where `name` is in this folder, for messages.
    func path(of name: some CustomStringConvertible) -> String {
        path.isEmpty || path == "/" ? "\(path)\(name)" : "\(path)/\(name)"
    }

    /// The folder at `path` below this one; those that are not there are made.
    /// - Throws: `invalidArgument` where a link or a file is in the way.
    func makeFolder(at path: FilePath) throws -> OpenFolder {
        try path.components.reduce(self) { folder, name in try folder.makeFolder(name) }
    }

    private func makeFolder(_ name: FileName) throws -> OpenFolder {
        if let folder = openFolder(name) { return folder }
        // That it is there is no failure: another may have made it just now, and what else it is shows when it is opened.
        if errno == ENOENT, mkdirat(descriptor, name.description, 0o777) == 0 || errno == EEXIST, let folder = openFolder(name) {
            return folder
        }
        throw obstacle(name)
    }

    /// Nil where it fails; then `errno` tells why.
    private func openFolder(_ name: FileName) -> OpenFolder? {
        let folder = openat(descriptor, name.description, Self.openingFlags | O_NOFOLLOW)
        return folder < 0 ? nil : OpenFolder(path(of: name), folder)
    }

    /// Why there is no folder `name`, and none can be made.
    private func obstacle(_ name: FileName) -> PachError {
        let error = SystemError.error(errno, "make the folder \(quoted(path(of: name)))")
        var status = stat()
        guard fstatat(descriptor, name.description, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return error }
        switch status.st_mode & S_IFMT {
        case S_IFLNK:
            return PachError(
                .invalidArgument,
                "Could not write into \(quoted(path(of: name))): it is a link\(target(of: name).map { " to \(quoted($0))" } ?? "")",
                hint: "Remove the link, or write to another folder.")
        case S_IFDIR:
            return error
        default:
            return PachError(
                .invalidArgument, "Could not make the folder \(quoted(path(of: name))): a file of that name is there",
                hint: "Remove it, or write to another folder.")
        }
    }

    private func target(of link: FileName) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(descriptor, link.description, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
