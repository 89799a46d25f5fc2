import Files
import Foundation
import Model
import Operations
import Synchronization

/// Writes a file so that its name shows either what was there before or all of the new content.
///
/// - Parameter path: what is there already is replaced, unless it is not a file: then the bytes go into it (`/dev/null`, a pipe).
/// - Throws: `Interrupted`; what was there before still is.
func writeFile(_ path: String, _ content: ByteStream, onPiece: @escaping @Sendable (Int) -> Void) async throws {
    let destination = try FileDestination(path)
    // Who writes into a pipe may wait for ever, and has no temporary file to remove.
    guard case .name = destination else { return try await NewFile(destination).fill(content, onPiece: onPiece) }
    try await interruptible { try await NewFile(destination).fill(content, onPiece: onPiece) }
}

/// The same, of bytes that are at hand. Blocks.
func writeFile(_ path: String, _ content: [UInt8], mode: mode_t = 0o666) throws {
    try NewFile(FileDestination(path), mode: mode).fill(content)
}

/// A file that is being written, mostly under another name.
final class NewFile: Sendable {
    private let folder: OpenFolder
    private let name: String
    /// The name until it is whole; nil where it has its own from the beginning.
    private let temporary: String?
    private let descriptor: Int32
    private let isOpen = Mutex(true)

    fileprivate convenience init(_ destination: FileDestination, mode: mode_t = 0o666) throws {
        let (path, temporary, flags): (String, String?, Int32) =
            switch destination {
            case .name(let path): (path, temporaryName(), O_CREAT | O_EXCL)
            // What a shell has put into the file that is standard output, with '>>' or before us, stays.
            case .opened(let path): (path, nil, O_APPEND)
            }
        let place = Commands.folder(of: path)
        try self.init(
            in: OpenFolder(following: String(place)), name: String(path[place.endIndex...]), temporary: temporary, flags: flags, mode)
    }

    /// Takes the place of whatever has the name when the file is whole, unless that is a folder: of a link, not of what it leads to.
    convenience init(replacing name: FileName, in folder: OpenFolder) throws {
        try self.init(in: folder, name: name.description, temporary: temporaryName(), flags: O_CREAT | O_EXCL)
    }

    /// Has its name from the beginning, in a folder where nothing else has it.
    convenience init(creating name: FileName, in folder: OpenFolder) throws {
        try self.init(in: folder, name: name.description, temporary: nil, flags: O_CREAT | O_EXCL)
    }

    private init(in folder: OpenFolder, name: String, temporary: String?, flags: Int32, _ mode: mode_t = 0o666) throws {
        self.folder = folder
        self.name = name
        self.temporary = temporary
        // Who may not read what is replaced shall not read what takes its place, not while it is written either.
        let kept = temporary == nil ? nil : Self.access(to: name, in: folder)
        descriptor = openat(folder.descriptor, temporary ?? name, O_WRONLY | O_CLOEXEC | flags, kept == nil ? mode : 0o600)
        guard descriptor >= 0 else { throw SystemError.error(errno, "write \(quoted(folder.path(of: name)))") }
        guard let kept else { return }
        do {
            try keep(kept)
        } catch {
            abandon()
            throw error
        }
    }

    /// Who may do what with a file.
    private struct Access {
        var group: gid_t
        var permissions: mode_t

        init(_ status: stat) {
            group = status.st_gid
            permissions = status.st_mode & 0o777
        }
    }

    /// Nil where the name is not that of a file.
    private static func access(to name: String, in folder: OpenFolder) -> Access? {
        var status = stat()
        let isFile = fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFREG
        return isFile ? Access(status) : nil
    }

    private func keep(_ kept: Access) throws {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemError.error(errno, "look at \(quoted(folder.path(of: name)))") }
        let present = Access(status)
        var permissions = kept.permissions
        // The owner stays who writes.
        if present.group != kept.group, fchown(descriptor, uid_t.max, kept.group) != 0 {
            // Another group may do what everybody may, and no more.
            permissions &= ~0o070 | (permissions & 0o007) << 3
        }
        // A disk that knows no permissions refuses to set what it shows for all files.
        guard present.permissions != permissions, fchmod(descriptor, permissions) != 0 else { return }
        throw SystemError.error(errno, "set the permissions of \(quoted(folder.path(of: name)))")
    }

    /// Writes all of it. Blocks.
    func fill(_ content: [UInt8]) throws {
        do {
            try write(content)
            try finish()
        } catch {
            abandon()
            throw error
        }
    }

    /// Writes all of it, as it comes.
    func fill(_ content: ByteStream, onPiece: (Int) -> Void) async throws {
        do {
            for try await piece in content {
                try Task.checkCancellation()
                try write(piece)
                onPiece(piece.count)
            }
            // A stream may end early where its task is cancelled.
            try Task.checkCancellation()
            try finish()
        } catch {
            abandon()
            throw error
        }
    }

    private func write(_ bytes: [UInt8]) throws {
        do {
            try writeAll(bytes, to: descriptor, named: quoted(folder.path(of: name)))
        } catch is BrokenPipe {
            // Unlike who reads our output, who reads a pipe that was named is owed all of it.
            throw SystemError.error(EPIPE, "write to \(quoted(folder.path(of: name)))")
        }
    }

    private func finish() throws {
        // A full disk or a quota may show itself only here (close(2)).
        guard takeDescriptor().map(close) ?? 0 == 0 else { throw SystemError.error(errno, "write \(quoted(folder.path(of: name)))") }
        guard let temporary, renameat(folder.descriptor, temporary, folder.descriptor, name) != 0 else { return }
        let path = folder.path(of: name)
        guard errno != EISDIR else {
            throw PachError(
                .invalidArgument, "Could not write \(quoted(path)): it is a folder", hint: "Remove it, or write to another folder.")
        }
        throw SystemError.error(errno, "name the file \(quoted(path))")
    }

    private func abandon() {
        takeDescriptor().map { _ = close($0) }
        if let temporary { unlinkat(folder.descriptor, temporary, 0) }
    }

    private func takeDescriptor() -> Int32? {
        isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen ? descriptor : nil
        }
    }
}

/// Makes a folder and those that hold it, where they are not there yet.
func makeFolders(_ path: String, mode: mode_t = 0o777) throws {
    if mkdir(path, mode) == 0 { return }
    var failure = errno
    let parent = folder(of: path).dropLast()
    // What has no parent is in the current folder, which is not made where it was removed.
    if failure == ENOENT, !parent.isEmpty {
        try makeFolders(String(parent), mode: mode)
        if mkdir(path, mode) == 0 { return }
        failure = errno
    }
    guard failure == EEXIST else { throw SystemError.error(failure, "make the folder \(quoted(path))") }
    guard try FileStatus(following: path).isFolder else {
        throw PachError(.invalidArgument, "Could not make the folder \(quoted(path)): a file of that name is there")
    }
}

/// A name that nobody uses.
func temporaryName() -> String {
    ".pach-\(getpid())-\(UInt32.random(in: 0 ... .max)).part"
}

/// The path up to and with its last slash.
func folder(of path: String) -> Substring {
    // A slash is a byte of the path, also where a combining character follows.
    path[..<(path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) } ?? path.startIndex)]
}
